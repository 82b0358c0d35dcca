ARG KIND=debug
FROM alpine:3.20 AS build-debug
FROM alpine:3.20 AS build-release
WORKDIR /app
FROM build-${KIND}
COPY x y
