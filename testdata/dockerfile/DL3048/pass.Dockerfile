FROM alpine:3.20
LABEL com.example.team-1=shop "a.b"=c
LABEL maintainer Jane
LABEL a=com.docker.b
