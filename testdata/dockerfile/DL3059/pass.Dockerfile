FROM alpine:3.20
RUN mkdir /app
COPY . /app
RUN make
RUN --network=none make test
RUN a && b
RUN c
FROM alpine:3.20
RUN a
FROM alpine:3.20
RUN a
ENV A=b
RUN b; c
RUN d | e
FROM mcr.microsoft.com/windows/servercore:ltsc2022
RUN mkdir a
RUN mkdir b
