FROM scratch AS base
ARG DIR=/app
COPY $foo $DIR
ENV A=$B C="${D}x" E='$F'
USER $NAME
COPY --chown=$OWNER a /b
FROM alpine:3.20
ARG VERSION
ENV TOOLS=/opt
WORKDIR ${TOOL}/x
LABEL version=$VERSIO
ENV OLD x $TOOLZ
COPY $late /
ARG late=1
ENV PATH=$PAHT:/bin
