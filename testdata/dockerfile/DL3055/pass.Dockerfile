FROM alpine:3.20
ARG V=x
LABEL other=main
LABEL org.opencontainers.image.revision=2f8d14e
LABEL org.opencontainers.image.revision=2f8d14e0a3b95c6d7e8f90a1b2c3d4e5f6071829
LABEL org.opencontainers.image.revision=$V
LABEL org.opencontainers.image.revision "${V}-1"
