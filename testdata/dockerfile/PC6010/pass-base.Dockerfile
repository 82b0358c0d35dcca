FROM golang:1.26
RUN apt-get install -y gcc
