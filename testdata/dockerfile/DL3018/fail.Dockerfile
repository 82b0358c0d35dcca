FROM alpine:3.20
RUN apk add curl
RUN apk --no-cache add \
      git=2.45.2-r0 \
      # not pinned
      jq \
      make
RUN apk add --virtual .build gcc
ONBUILD RUN apk add --no-cache tar
