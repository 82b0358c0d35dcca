FROM debian:12
RUN apt-get install -y gosu
ENTRYPOINT ["/entry.sh"]
