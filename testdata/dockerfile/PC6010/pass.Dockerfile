FROM golang:1.26 AS build
RUN apt-get install -y gcc
CMD ["sh"]
FROM debian:12
RUN apt-get install -y gcc && make && apt-get purge -y gcc
COPY --from=build /app /app
CMD ["/app"]
