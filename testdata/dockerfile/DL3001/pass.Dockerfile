FROM alpine:3.20
RUN apk add openssh vim=9.1
RUN --mount=type=cache,target=/c true
RUN /etc/init.d/service start
CMD ["top"]
