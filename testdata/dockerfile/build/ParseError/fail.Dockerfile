FROM alpine:3.20
RUNN apk update
COPY onlyone
RUN echo still checked
RUN --mount=type=nonsense true
