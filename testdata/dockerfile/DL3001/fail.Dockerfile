FROM alpine:3.20
RUN apk update && \
    service nginx start
RUN ["ps", "aux"]
RUN x=$(free -m)
ONBUILD RUN kill 1
