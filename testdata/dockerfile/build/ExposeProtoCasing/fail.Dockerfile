FROM alpine:3.20
EXPOSE 80/TCP 81/tcp 82/Udp
expose 90-91/SCTP
