FROM debian:12
FROM docker.io/library/alpine:3.22 AS build
FROM --platform=linux/amd64 registry.example.com:5000/team/app:1.4
