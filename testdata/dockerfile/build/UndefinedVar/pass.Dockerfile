ARG OUTER=1
FROM alpine:3.20 AS base
ENV A=$GOPATH B=$PATH
ARG DIR=$B V
WORKDIR $DIR/$V
FROM base
COPY $DIR $A/
FROM scratch
ARG OUTER D
ENV A=$PATH B=\$x C=${D:-e}
COPY $OUTER$A /
RUN echo $nothing
CMD ["$nothing"]
ONBUILD COPY $x /
