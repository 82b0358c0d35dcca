FROM alpine:3.20
ENV A b
LABEL a "b c"
env B c=d
