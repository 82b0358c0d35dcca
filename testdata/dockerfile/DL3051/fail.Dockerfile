FROM alpine:3.20
LABEL org.opencontainers.image.title=""
LABEL org.opencontainers.image.title=''
LABEL other=x \
  "org.opencontainers.image.title"=""
ONBUILD LABEL org.opencontainers.image.title=""
