FROM debian:12 AS base
RUN apt-get update

FROM base AS unused
RUN apt-get update

FROM base
RUN apt update && apt install -y curl=1
RUN --mount=type=cache,target=/var/cache/apt apt-get update && apt-get install -y curl=1
RUN apt-get update
RUN rm -rf /var/lib/apt/lists/*
ONBUILD RUN aptitude update
