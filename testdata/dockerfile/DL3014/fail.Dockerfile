FROM debian:12
RUN apt-get update && apt-get install curl=1
RUN apt-get install -q \
  curl=1
RUN apt-get -o Acquire::Retries=3 install -t stable-y curl=1
ONBUILD RUN apt-get install curl=1
