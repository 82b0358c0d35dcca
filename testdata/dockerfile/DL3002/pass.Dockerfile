FROM alpine:3.20
USER root
RUN adduser -D app
USER app
ONBUILD USER root
ONBUILD USER app

FROM alpine:3.20
USER 10001:0

FROM alpine:3.20
CMD ["/app"]
