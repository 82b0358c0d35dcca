FROM alpine:3.20 AS a
SHELL ["/bin/sh", "-ec"]
CMD /app
FROM a
ENTRYPOINT exec /app
FROM scratch
CMD ["/app"]
HEALTHCHECK CMD /app
