FROM alpine:3.20 AS Build
FROM alpine:3.20
COPY --from=build /a /a
COPY --from=BUILD /a /a
COPY --from=0 /a /a
COPY --from=nginx:1.27 /a /a
COPY /a /a
