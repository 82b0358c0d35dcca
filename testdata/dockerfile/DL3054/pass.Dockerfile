FROM alpine:3.20
ARG V=x
LABEL other=Apache2
LABEL org.opencontainers.image.licenses=MIT
LABEL org.opencontainers.image.licenses=Apache-2.0
LABEL org.opencontainers.image.licenses="MIT OR Apache-2.0"
LABEL org.opencontainers.image.licenses="(GPL-2.0-only WITH Classpath-exception-2.0)"
LABEL org.opencontainers.image.licenses=GPL-3.0+
LABEL org.opencontainers.image.licenses=$V
LABEL org.opencontainers.image.licenses "${V}-1"
