FROM alpine:3.20
RUN wget https://example.com/a
RUN true && \
    curl -O https://example.com/b
RUN wget https://example.com/c
FROM alpine:3.20
RUN curl a | wget b
