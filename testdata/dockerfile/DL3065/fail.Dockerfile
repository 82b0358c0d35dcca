FROM --platform=$TARGETPLATFORM debian:12
FROM \
  --platform="${TARGETPLATFORM}" debian:12 AS a
