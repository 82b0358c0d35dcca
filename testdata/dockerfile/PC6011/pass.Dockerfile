FROM debian:12
FROM debian:trixie-slim
FROM debian
FROM alpine:3.22.1
FROM alpine:edge
FROM node:24-alpine3.18
FROM node:lts AS debian
FROM debian:$VERSION
FROM registry.example.com/debian:10
FROM example/alpine:3.10
FROM python:3.13
FROM amazonlinux:2023.1
FROM scratch
