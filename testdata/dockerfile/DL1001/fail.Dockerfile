# hadolint ignore=DL3006,DL3007
FROM alpine:3.20
RUN true
  # hadolint ignore = DL3002 # why
USER root
