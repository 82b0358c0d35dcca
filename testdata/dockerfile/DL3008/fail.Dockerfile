FROM debian:12
RUN apt-get update && apt-get install -y curl
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      # pinned
      git=1:2.39.2-1 \
	"wget" \
      jq zip unzip tar make gcc \
 && rm -rf /var/lib/apt/lists/*
RUN apt-get -t bookworm-backports install "$PACKAGES" > /dev/null 2>&1
RUN ["apt-get", "install", "nano"]
RUN ["/bin/sh", "-c", "apt-get install -y vim"]
RUN <<EOF
apt-get install -y \
  less
EOF
RUN echo é && apt-get install ü
ONBUILD RUN apt-get install tree
