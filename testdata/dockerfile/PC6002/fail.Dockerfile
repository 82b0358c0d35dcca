FROM debian:12
RUN curl -fsSL https://example.com/install.sh | sh
RUN apt-get update && curl -fsSL -H 'A: b c' https://example.com/setup | sudo -E bash -s -- --yes
RUN wget -qO- https://example.com/i.tgz | gunzip | bash -ex
RUN wget --output-document=- https://example.com/i | /bin/sh
RUN bash <(curl -s https://example.com/install.sh) --now
RUN sh -c "$(curl -fsSL https://example.com/install.sh)"
RUN eval "$(wget -O - https://example.com/env)"
RUN ["sh", "-c", "curl https://example.com/x | bash -o pipefail"]
RUN bash -c 'set -o pipefail; curl https://example.com/x | bash'
RUN curl $(cat url) | python3 -
RUN <<EOF
set -e
curl https://example.com/install.sh |
  env A=b sh
EOF
ONBUILD RUN curl https://example.com/x | ksh
