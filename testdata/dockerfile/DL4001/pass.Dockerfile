FROM alpine:3.20
RUN wget https://example.com/a
RUN apk add curl=1
FROM alpine:3.20
RUN curl -O https://example.com/b
