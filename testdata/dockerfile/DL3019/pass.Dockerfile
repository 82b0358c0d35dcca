FROM alpine:3.20
RUN apk add --no-cache curl=1
RUN apk --no-cache add curl=1
RUN --mount=type=cache,target=/var/cache/apk apk add curl=1
RUN --mount=target=/var/cache/apk/,type=tmpfs apk add curl=1
RUN apk del curl
