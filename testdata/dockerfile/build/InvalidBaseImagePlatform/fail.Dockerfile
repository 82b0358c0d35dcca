ARG PLATFORM=linux/arm64
FROM --platform=linux/amd64 arm64v8/alpine:3.20 AS amd64
FROM --platform=linux/arm/v7 docker.io/i386/debian:12 AS arm
FROM --platform=$PLATFORM s390x/ubuntu:24.04 AS third
FROM --platform=linux/amd64 winamd64/golang:1.26 AS linux
