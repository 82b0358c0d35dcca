# a comment may
ARG VERSION=3.20
LABEL team=shop
  RUN true
FROM alpine:${VERSION}
RUN true
