FROM alpine:3.20
LABEL maintainer="jane@example.com"
