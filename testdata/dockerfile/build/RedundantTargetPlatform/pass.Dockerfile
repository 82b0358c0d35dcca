FROM --platform=$BUILDPLATFORM alpine:3.20
FROM --platform=linux/$TARGETARCH alpine:3.20
FROM --platform=${TARGETPLATFORM}/v2 alpine:3.20
FROM alpine:3.20
