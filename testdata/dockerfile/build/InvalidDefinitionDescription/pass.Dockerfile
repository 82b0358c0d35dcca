# syntax=docker/dockerfile:1
ARG X
# VERSION is what is built.
ARG VERSION=1
# Built here.
#
FROM alpine:3.20 AS build
# of no name
FROM alpine:3.20
# B is the second
ARG A B
