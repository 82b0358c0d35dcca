LABEL team=shop
FROM alpine:3.20
