ARG BASE=debian:12
ARG TAG=12
FROM ${BASE}
FROM debian:${TAG}
FROM debian
FROM debian:latest
FROM alpine@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef AS build
FROM alpine:3.22@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
FROM build
FROM scratch
