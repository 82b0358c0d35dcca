FROM --platform=linux/amd64 alpine:3.20
FROM --platform=arm64 alpine:3.20 AS build
FROM --platform=linux/arm64/v8 alpine:3.20 AS amd64
