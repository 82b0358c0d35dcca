FROM alpine:3.20
LABEL org.opencontainers.image.title="shop" maintainer=jane@example.com
LABEL org.opencontainers.image.version 1.4.0
ENV team=shop
