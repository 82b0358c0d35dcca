FROM debian:12
ADD https://example.com/tool.tar.gz /tmp/
ADD --chown=1:1 a.tar http://example.com/b.txt /tmp/
ADD ["https://example.com/c", "/tmp/"]
ADD --checksum= https://example.com/d /tmp/
ONBUILD ADD https://example.com/${VERSION}/e /tmp/
