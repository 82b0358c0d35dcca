FROM alpine:3.20
ENTRYPOINT /app
cmd ["/app"
FROM alpine:3.20
CMD /app
