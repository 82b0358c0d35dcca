FROM alpine:3.20
LABEL org.opencontainers.image.title=shop \
  team=shop "cost center"=7
ONBUILD LABEL team shop
