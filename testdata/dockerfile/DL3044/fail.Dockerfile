FROM alpine:3.20
ENV A=/app B=$A/bin
ENV C=1 \
  D=${C:-2}
ONBUILD ENV F=1 G=$F
