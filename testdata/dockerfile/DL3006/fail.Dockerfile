ARG KIND
ARG OTHER=none
FROM debian
FROM registry.example.com:5000/team/app AS app
FROM --platform=linux/amd64 \
     alpine \
     AS small
FROM later
FROM busybox:1.36 AS later
FROM alpine:3.20 AS build-debug
FROM build-${KIND}
FROM build-${OTHER}
