FROM --platform=linux/amd64 alpine:3.20 AS build_amd64
FROM --platform=linux/arm64 alpine:3.20 AS linux
FROM --platform=$BUILDPLATFORM alpine:3.20
FROM --platform=linux/$TARGETARCH alpine:3.20
FROM alpine:3.20
