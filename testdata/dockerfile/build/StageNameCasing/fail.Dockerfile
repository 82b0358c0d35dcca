FROM alpine:3.20 AS Build
FROM alpine:3.20 \
  AS aB1
# check=skip=FromAsCasing
FROM scratch AS C
