FROM alpine:3.20
EXPOSE 80 81/tcp ${PORT:-80}
