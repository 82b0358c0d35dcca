FROM alpine:3.20
ARG V=x
LABEL other=latest
LABEL org.opencontainers.image.version=1.4.0
LABEL org.opencontainers.image.version=1.4.0-rc.1
LABEL org.opencontainers.image.version="1.4.0+build.5"
LABEL org.opencontainers.image.version=$V
LABEL org.opencontainers.image.version "${V}-1"
