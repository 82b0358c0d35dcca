FROM alpine:3.20
COPY app.tar.gz /app/
COPY x \
  dir/lib.tar /lib.tar
RUN cd /app && tar xzf app.tar.gz
RUN unzip x; tar -C / --extract --file lib.tar
FROM alpine:3.20
COPY a.tgz /b.tgz
RUN tar -xf /b.tgz
