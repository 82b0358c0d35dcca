# syntax=docker/dockerfile:1
ARG VERSION=3.20
FROM alpine:${VERSION}
RUN <<EOF
echo "FROM here on this is a document"
EOF
ONBUILD COPY . /src
