FROM alpine:3.20
ARG V=x
LABEL other=Jane
LABEL maintainer=jane@example.com
LABEL maintainer=j.d+x@mail.example.org
LABEL maintainer=$V
LABEL maintainer "${V}-1"
