FROM alpine:3.20
RUN apk add curl=1
RUN apk update && \
    apk -U add curl=1
RUN --mount=type=cache,target=/var/cache/foo apk add curl=1
RUN --mount=type=bind,target=/var/cache/apk apk add curl=1
ONBUILD RUN apk add curl=1
