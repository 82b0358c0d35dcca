FROM alpine:3.20 AS build
USER root
RUN make

FROM alpine:3.20
USER app
USER 0:0
ONBUILD USER root:wheel
