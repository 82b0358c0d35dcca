FROM alpine:3.20 AS first
COPY --from=later /a /a
COPY --from=0 /a /a
COPY --from=first /a /a

FROM alpine:3.20 AS later
COPY --chown=a:b \
     --from=alpine /a /a
COPY --from=1 /a /a
ONBUILD COPY --from=nginx /a /a
