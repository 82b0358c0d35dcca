#!/usr/bin/env bash
# What `make e2e` runs: gives this machine what the tests of e2e/ need, then runs them.
#
# The image holds the binary bin/portcullis of the tree, so that nothing compiles twice. E2E_DEBIAN names a Debian
# image to build on; without it one is made here. Nothing is pulled. Arguments go to go test: `scripts/e2e.sh -run R26`.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work="$(mktemp -d)"
started_engine=false

# finish removes what holds a copy of the binary; the other build stages stay in the engine's cache.
finish() {
  rm -rf "${work}"
  docker image rm -f "${E2E_IMAGE:-}" act-dockeraction:latest >/dev/null 2>&1 || true
  docker image prune -f --filter label=portcullis.e2e >/dev/null 2>&1 || true
  [[ "${started_engine}" == false ]] || scripts/docker-engine.sh stop
}
trap finish EXIT

# make_context copies what the Dockerfile reads, with the tree's binary, and defaults that use it: whoever builds this
# folder without arguments, as act does for `uses: ./`, compiles and pulls nothing.
make_context() {
  local dir="$1" version="$2"
  mkdir -p "${dir}/scripts" "${dir}/prebuilt"
  cp action.yml go.mod go.sum LICENSE "${dir}/"
  cp scripts/image-rootfs.sh "${dir}/scripts/"
  cp bin/portcullis "${dir}/prebuilt/"
  printf '%s\n' '*' '!go.*' '!LICENSE' '!scripts' '!prebuilt' >"${dir}/.dockerignore"
  sed -e "s|^ARG DEBIAN_IMAGE=.*|ARG DEBIAN_IMAGE=${E2E_DEBIAN}|" -e "s|^ARG GO_IMAGE=.*|ARG GO_IMAGE=${E2E_DEBIAN}|" \
    -e "/^FROM .* AS build$/a LABEL portcullis.e2e=build" \
    -e "s|^ARG PREBUILT=.*|ARG PREBUILT=prebuilt/portcullis|" \
    -e "s|^ARG VERSION=.*|ARG VERSION=${version}|" \
    Dockerfile >"${dir}/Dockerfile"
}

if ! docker info >/dev/null 2>&1; then
  scripts/docker-engine.sh start
  started_engine=true
fi
type docker-registry >/dev/null 2>&1 || apt_install docker-registry
type chromium >/dev/null 2>&1 || apt_install chromium fonts-dejavu-core

E2E_DEBIAN="${E2E_DEBIAN:-$(scripts/base-image.sh debian)}"
E2E_ACT="$(go_tool github.com/nektos/act@v0.2.87)"
E2E_COSIGN="$(go_tool github.com/sigstore/cosign/v2/cmd/cosign@v2.6.5)"
# The version of Grype is the one that e2e/grypedb writes databases for; built together, each of its packages compiles once.
E2E_GRYPE="$(go_tool "$(go -C e2e/grypedb list -m -f '{{.Path}}/cmd/grype@{{.Version}}' github.com/anchore/grype)")"
E2E_GRYPEDB="${work}/grypedb"
GOEXPERIMENT='' go -C e2e/grypedb build -o "${E2E_GRYPEDB}" .
E2E_IMAGE=portcullis:e2e
E2E_CONTEXT="${work}/context"
E2E_DATABASE="${work}/db"
export E2E_DEBIAN E2E_ACT E2E_COSIGN E2E_GRYPE E2E_GRYPEDB E2E_IMAGE E2E_CONTEXT E2E_DATABASE

version="$(bin/portcullis version | awk '{print $NF}')"
make_context "${E2E_CONTEXT}" "${version}"
say "building ${E2E_IMAGE} ${version}"
quietly docker build -t "${E2E_IMAGE}" "${E2E_CONTEXT}"
go run ./e2e/database "${E2E_DATABASE}"

GOTEST_FORMAT=testname scripts/gotest.sh bin/reports/e2e.xml -tags e2e -count=1 "$@" ./e2e/...
