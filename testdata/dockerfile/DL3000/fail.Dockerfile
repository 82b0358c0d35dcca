FROM alpine:3.20
WORKDIR app
WORKDIR "quoted/dir"
  WORKDIR \
    # the path comes later
    sub/dir
ONBUILD WORKDIR src
