FROM debian:12
RUN apt update && apt install curl=1
RUN true \
  && /usr/bin/apt update
ONBUILD RUN apt update
