FROM alpine:3.20
ADD rootfs.tar.xz /
ADD "quoted.tgz" /srv/
ADD https://example.com/tool /usr/local/bin/tool
ADD git@github.com:example/app.git /src
COPY app.conf /etc/app.conf
