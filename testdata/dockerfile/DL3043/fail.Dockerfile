FROM alpine:3.20
ONBUILD ONBUILD RUN true
ONBUILD \
  FROM debian:12
onbuild maintainer jane
