FROM alpine:3.20 AS build
FROM alpine:3.20 AS run
COPY --from=build /a /b
COPY build /b
