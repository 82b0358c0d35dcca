FROM alpine:3.20
LABEL com.docker.team=shop
LABEL a.b=c \
  Team=shop
LABEL 1team=shop
LABEL a..b=c
LABEL "a b"=c
LABEL a- b
ONBUILD LABEL io.docker.a=b
