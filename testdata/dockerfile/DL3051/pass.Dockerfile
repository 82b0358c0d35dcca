FROM alpine:3.20
ARG V=x
LABEL other=""
LABEL org.opencontainers.image.title=shop
LABEL org.opencontainers.image.title="a shop"
LABEL org.opencontainers.image.title=' '
LABEL org.opencontainers.image.title=$V
LABEL org.opencontainers.image.title "${V}-1"
