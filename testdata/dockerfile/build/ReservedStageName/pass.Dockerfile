FROM scratch AS scratchy
FROM alpine:3.20 AS base
