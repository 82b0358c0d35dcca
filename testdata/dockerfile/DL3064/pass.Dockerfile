ARG VERSION=1
FROM alpine:3.20
ENV PATH=/secret/bin:$PATH KEYBOARD=us
RUN --mount=type=secret,id=token true
