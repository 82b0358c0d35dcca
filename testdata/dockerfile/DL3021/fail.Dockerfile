FROM alpine:3.20
COPY a b /srv
COPY --chown=a:b a \
  # and
  b \
  "srv"
COPY ["a", "b", "/srv"]
ONBUILD COPY a b .
