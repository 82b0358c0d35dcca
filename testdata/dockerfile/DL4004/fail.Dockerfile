FROM alpine:3.20
ENTRYPOINT ["/a"]
RUN true
  entrypoint \
  /b
