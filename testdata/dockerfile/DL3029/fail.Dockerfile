FROM --platform=linux/amd64 debian:12
FROM \
  --platform="linux/$ARCH" debian:12
