FROM debian:12 AS build
FROM scratch
COPY --from=build /app /
COPY --from=build / /build
COPY / /
