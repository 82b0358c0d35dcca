FROM alpine:3.20
LABEL org.opencontainers.image.licenses=Apache2
LABEL org.opencontainers.image.licenses=""
LABEL org.opencontainers.image.licenses="MIT OR"
LABEL org.opencontainers.image.licenses=GPL
LABEL other=x \
  "org.opencontainers.image.licenses"=Apache2
ONBUILD LABEL org.opencontainers.image.licenses=Apache2
LABEL org.opencontainers.image.licenses Apache2
