FROM alpine:3.20 AS contexts
FROM scratch AS build
FROM scratch
