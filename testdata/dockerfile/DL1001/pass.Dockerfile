# hadolint global ignore=DL3006
# hadolint shell=bash
# hadolint stage ignore=DL3002
FROM alpine:3.20
# we ignore=nothing
RUN true
