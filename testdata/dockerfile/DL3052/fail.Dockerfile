FROM alpine:3.20
LABEL org.opencontainers.image.source=shop
LABEL org.opencontainers.image.source=""
LABEL org.opencontainers.image.source=example.com/shop
LABEL org.opencontainers.image.source=/shop
LABEL org.opencontainers.image.source='$V'
LABEL org.opencontainers.image.source=http://
LABEL org.opencontainers.image.source=\$V
LABEL other=x \
  "org.opencontainers.image.source"=shop
ONBUILD LABEL org.opencontainers.image.source=shop
LABEL org.opencontainers.image.source shop
