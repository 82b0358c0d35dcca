FROM alpine:3.20
RUN apk add --no-cache curl=8.9.1-r1 git~2.45 "jq>1.7" 'make<5'
RUN apk add --no-cache --virtual .build --repository https://example.com/edge gcc=13.2.1-r1
RUN apk add -X https://example.com/edge -t .deps ./local.apk
RUN apk del curl
