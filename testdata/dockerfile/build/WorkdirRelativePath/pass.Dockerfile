FROM alpine:3.20 AS a
WORKDIR /app
WORKDIR b
FROM a
WORKDIR c
FROM alpine:3.20
WORKDIR "/d"
WORKDIR e
FROM mcr.microsoft.com/windows/nanoserver:1809
WORKDIR c:/app
FROM alpine:3.20
ENV DIR=/app
WORKDIR $DIR/x
