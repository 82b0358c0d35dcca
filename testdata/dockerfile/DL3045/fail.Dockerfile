FROM alpine:3.20 AS a
COPY x y
WORKDIR /app
FROM alpine:3.20
COPY --from=a \
  /x \
  "y z"
ONBUILD COPY x .
FROM alpine:3.20
COPY ["x", "./y"]
