ARG REGISTRY=registry.example.com
FROM ${REGISTRY}/app:1 AS base
FROM registry.example.com/team/app@sha256:0000000000000000000000000000000000000000000000000000000000000000
FROM base
FROM scratch
COPY --from=base /a /a
COPY --from=0 /a /a
RUN --mount=from=base,target=/t --mount=type=cache,target=/c /t/run
