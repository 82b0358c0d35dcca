FROM debian:12 AS build
FROM scratch
COPY --from=build / /
COPY --chown=a:b --from=debian:12 \
  "/" /
COPY --from=build ["/", "/"]
