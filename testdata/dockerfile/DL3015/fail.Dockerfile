FROM debian:12
RUN apt-get update && \
    apt-get -yqq install curl=7.88.1-10
RUN apt-get -o APT::Install-Recommends=true install curl=7.88.1-10
ONBUILD RUN apt-get install curl=7.88.1-10
