ARG SUFFIX=release
ARG KIND="${SUFFIX}"
FROM alpine:3.20 AS build-debug
FROM alpine:3.20 AS build-release
FROM build-${KIND} AS cross-arm64
FROM cross-$TARGETARCH
