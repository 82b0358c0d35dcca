FROM debian:12
RUN apt-get install -y curl=1
RUN apt-get -yqq install curl=1
RUN apt-get install curl=1 --assume-yes
RUN apt-get install -qq curl=1
RUN apt-get -q -q install curl=1
RUN apt-get -q=2 install curl=1
RUN apt-get update
