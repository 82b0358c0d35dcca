FROM debian:12
RUN apt-get install -y --no-install-recommends curl=7.88.1-10
RUN apt-get install curl=7.88.1-10 --no-install-recommends
RUN apt-get -o APT::Install-Recommends=false install curl=7.88.1-10
RUN apt-get update
