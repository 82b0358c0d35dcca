FROM debian:12
RUN chmod 777 /app
RUN mkdir /data && chmod -R 0666 /data
RUN ["chmod", "a+rwx", "/app"]
RUN chmod u=rwx,o+w /app
RUN install -d -m 0777 /srv
RUN mkdir -m 777 /srv2
COPY --chmod=777 run.sh /
ADD --chmod=0757 data.tar /
RUN <<EOF
chmod ugo=rwx /a
EOF
