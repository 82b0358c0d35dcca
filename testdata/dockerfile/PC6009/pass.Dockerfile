FROM golang:1.26 AS build
COPY . .
RUN go build -o /app
FROM debian:12
COPY --from=build . /all
COPY src/ /src/
COPY server.js package.json ./
