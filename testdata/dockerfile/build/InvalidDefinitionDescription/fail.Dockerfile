# syntax=docker/dockerfile:1
# Tools.
ARG VERSION=1
# Built here.
FROM alpine:3.20 AS build
ARG A B
# Other.
ARG C D
