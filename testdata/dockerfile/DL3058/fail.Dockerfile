FROM alpine:3.20
LABEL maintainer=Jane
LABEL maintainer=jane@
LABEL maintainer="Jane <jane@example.com>"
LABEL maintainer=""
LABEL other=x \
  "maintainer"=Jane
ONBUILD LABEL maintainer=Jane
LABEL maintainer Jane
