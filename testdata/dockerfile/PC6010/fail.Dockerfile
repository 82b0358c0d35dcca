FROM rust:1.90 AS base
FROM base
RUN apt-get update && apt-get install -y --no-install-recommends -t bookworm build-essential=12 curl g++
RUN apk add --no-cache build-base
ENTRYPOINT ["/app"]
