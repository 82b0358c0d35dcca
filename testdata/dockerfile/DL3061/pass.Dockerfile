# syntax=docker/dockerfile:1

ARG VERSION=3.20
# comment
FROM alpine:${VERSION}
LABEL team=shop
