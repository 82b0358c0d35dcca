FROM alpine:3.20 AS build
RUN make
  FROM alpine:3.20
FROM build
CMD ["/app"]
