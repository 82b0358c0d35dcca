FROM debian:12 AS build
RUN apt-get update && apt-get install -y gcc=4:12.2.0-3

FROM debian:12
RUN apt-get update \
 && apt-get install -y curl=7.88.1-10 \
 && rm -rf /var/lib/apt/lists/*
RUN apt-get update && apt-get install -y jq=1 && rm -r -f /var/lib/apt/lists
RUN --mount=type=cache,target=/var/lib/apt/lists apt-get update
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=tmpfs,dst=/var/lib/apt/ \
    apt-get update
