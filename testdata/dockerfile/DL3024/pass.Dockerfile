FROM alpine:3.20 AS build
FROM build AS run
FROM alpine:3.20
FROM alpine:3.20
