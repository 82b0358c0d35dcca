ARG TAG=3.20
FROM golang:1.24 AS tools
FROM tools AS build
RUN go build -o /shop
FROM alpine:$TAG AS base
FROM scratch AS files
FROM base AS shop
COPY --from=build /shop /shop
RUN --mount=from=files,target=/f cp /f/a /a
LABEL org.opencontainers.image.version=1.0.0 \
  "org.opencontainers.image.title"=shop
FROM shop
