FROM alpine:3.20
ARG V=x
LABEL other=shop
LABEL org.opencontainers.image.source=https://example.com
LABEL org.opencontainers.image.source=http://a.example/b?c=d#e
LABEL org.opencontainers.image.source="ssh://git@example.com/a"
LABEL org.opencontainers.image.source=urn:isbn:1
LABEL org.opencontainers.image.source=$V
LABEL org.opencontainers.image.source "${V}-1"
