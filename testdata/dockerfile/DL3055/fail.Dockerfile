FROM alpine:3.20
LABEL org.opencontainers.image.revision=main
LABEL org.opencontainers.image.revision=2F8D14E
LABEL org.opencontainers.image.revision=2f8d14
LABEL org.opencontainers.image.revision=2f8d14e0a3b95c6d7e8f90a1b2c3d4e5f607182
LABEL org.opencontainers.image.revision=""
LABEL other=x \
  "org.opencontainers.image.revision"=main
ONBUILD LABEL org.opencontainers.image.revision=main
LABEL org.opencontainers.image.revision main
