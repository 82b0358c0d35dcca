FROM alpine:3.20 AS a
COPY app.tar.gz /app/
RUN tar -czf /app/app.tar.gz /src
RUN tar -tf app.tar.gz
COPY --from=b /lib.tar /
RUN tar -xf lib.tar
RUN tar -xf late.tar
COPY late.tar /
FROM alpine:3.20
RUN tar -xf app.tar.gz
