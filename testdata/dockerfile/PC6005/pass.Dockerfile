FROM debian:12
ADD --checksum=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef https://example.com/tool.tar.gz /tmp/
ADD a.tar /tmp/
ADD https://github.com/example/tool.git#v1.2 /src
ADD git@github.com:example/tool.git /src
COPY https:/x /
