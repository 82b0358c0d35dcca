FROM alpine:3.20
ARG V=x
LABEL other=today
LABEL org.opencontainers.image.created=2026-05-04T03:02:01Z
LABEL org.opencontainers.image.created="2026-05-04T03:02:01.123456789+02:00"
LABEL org.opencontainers.image.created=$V
LABEL org.opencontainers.image.created "${V}-1"
