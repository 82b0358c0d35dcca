FROM alpine:3.20 AS a
FROM debian:12 AS b
FROM debian:12 AS A
FROM debian:12 AS a
