ARG TAG=3.20
ARG NAME=alpine:$TAG
ARG TWO
FROM alpine:$TAG AS a
FROM $NAME AS b
FROM a
FROM alpine:3.20${TWO}
FROM alpine:${X:-1}
FROM scratch
