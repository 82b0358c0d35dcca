ARG PLATFORM=linux/arm64
FROM --platform=linux/arm64 arm64v8/alpine:3.20 AS arm64
FROM --platform=linux/arm/v6 arm32v7/alpine:3.20 AS arm
FROM --platform=$PLATFORM arm64v8/alpine:3.20 AS set
FROM --platform=$TARGETPLATFORM amd64/alpine:3.20 AS target
FROM --platform=$UNSET amd64/alpine:3.20 AS unset
FROM amd64/alpine:3.20
FROM --platform=linux/amd64 arm64 AS amd64
FROM --platform=linux/amd64 registry.example.com/arm64v8/alpine:3.20 AS amd64-other
FROM --platform=linux/amd64 alpine:3.20 AS amd64-third
