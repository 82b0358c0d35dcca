FROM golang:1.24 AS build
LABEL org.opencontainers.image.vendor=acme
FROM build AS tested
RUN --mount=type=bind,from=0,target=/src go test ./...
FROM alpine:3.20 AS shop
FROM shop
LABEL org.opencontainers.image.vendor=acme
ONBUILD LABEL org.opencontainers.image.title=shop
