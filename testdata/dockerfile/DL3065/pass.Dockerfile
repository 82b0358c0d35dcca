FROM debian:12
FROM --platform=$BUILDPLATFORM debian:12
FROM --platform=${TARGETPLATFORM:-linux/amd64} debian:12
