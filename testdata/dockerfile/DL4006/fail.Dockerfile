FROM debian:12 AS build
RUN curl -f https://example.com/key \
    # hidden in a pipe
    | tee /key
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN a | b
SHELL ["/bin/sh", "-o", "pipefail", "-c"]
RUN a | b

FROM debian:12
RUN set -o pipefail && x=$(a |& b)
RUN <<EOF
echo ok
a | b
EOF
RUN ["bash", "-c", "a | b"]
