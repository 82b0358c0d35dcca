# The image of the action and of `docker run`: one static binary, ShellCheck, CA certificates.
#
#   docker build -t portcullis .
#
# It needs no BuildKit. GitHub runs a container action as root and sets the working directory itself, so there is no
# USER and no WORKDIR in the last stage; anywhere else the image runs as any user, on a read-only root file system.
ARG DEBIAN_IMAGE=debian:bookworm-slim
ARG GO_IMAGE=golang:1.26.8-bookworm

FROM ${DEBIAN_IMAGE} AS rootfs
# Debian removes a version from its archive once it is superseded, so a pinned one would stop building.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates shellcheck \
    && rm -rf /var/lib/apt/lists/*
COPY scripts/image-rootfs.sh /usr/local/bin/
RUN image-rootfs.sh /rootfs

# Compiles the binary, or takes one that is in the context already: CI compiles once and ships what it tested.
FROM ${GO_IMAGE} AS build
ARG PREBUILT=""
ARG VERSION=devel
ENV CGO_ENABLED=0 GOEXPERIMENT=jsonv2 GOFLAGS="-buildvcs=false -trimpath"
WORKDIR /src
COPY go.mod go.sum ./
RUN test -n "${PREBUILT}" || go mod download
COPY . .
RUN if test -n "${PREBUILT}"; then \
      install -D "${PREBUILT}" /out/portcullis; \
    else \
      go build -ldflags "-s -w -X main.version=${VERSION}" -o /out/portcullis ./cmd/portcullis; \
    fi

# No USER: see above.
# hadolint ignore=PC6006
FROM scratch
ARG VERSION=devel
ARG REVISION=""
ARG SOURCE=""
LABEL org.opencontainers.image.title="portcullis" \
      org.opencontainers.image.description="A CI gate: policy, Dockerfile, scan, sign" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
COPY --from=rootfs /rootfs/ /
COPY LICENSE /usr/share/doc/portcullis/copyright
COPY --from=build /out/portcullis /usr/local/bin/portcullis
# Temporary files and caches have a place of their own, writable when the root file system is not. GitHub sets another HOME.
VOLUME /tmp
ENV HOME=/tmp PATH=/usr/local/bin:/usr/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
ENTRYPOINT ["/usr/local/bin/portcullis"]
