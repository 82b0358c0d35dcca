FROM alpine:3.20
LABEL org.opencontainers.image.created=today
LABEL org.opencontainers.image.created=2026-05-04
LABEL org.opencontainers.image.created=2026-05-04T03:02:01
LABEL org.opencontainers.image.created=2026-13-04T03:02:01Z
LABEL org.opencontainers.image.created=""
LABEL other=x \
  "org.opencontainers.image.created"=today
ONBUILD LABEL org.opencontainers.image.created=today
LABEL org.opencontainers.image.created today
