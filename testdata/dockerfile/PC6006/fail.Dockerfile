FROM golang:1.26 AS base
ENTRYPOINT ["/app"]
FROM base AS more
FROM debian:12 AS other
USER 1
FROM more
COPY app /app
