FROM alpine:3.20 as a
from alpine:3.20 AS b
FROM alpine:3.20 As c
