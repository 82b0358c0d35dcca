FROM alpine:3.20 AS a
FROM a AS b
FROM b
FROM a
