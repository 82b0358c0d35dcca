#!/usr/bin/env bash
# Makes base images without pulling any, for engines that reach no registry.
#
#   scripts/base-image.sh debian    prints the name of a Debian image, made with debootstrap
#   scripts/base-image.sh rootfs    prints the path of the root file system of that, a tar archive; needs no engine
#   scripts/base-image.sh golang    prints the name of the same plus this machine's Go and CA certificates
#
# The names are local ones, so that an image of that name from a real registry is never shadowed. The root file
# system is kept in $PORTCULLIS_CACHE: a second engine on this machine gets it in seconds.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

suite=bookworm
debian="portcullis.local/debian:${suite}"
rootfs="${PORTCULLIS_CACHE}/base/${suite}-$(uname -m).tar"

work="$(mktemp -d)"
trap 'as_root rm -rf "${work}"' EXIT

have_image() { docker image inspect "$1" >/dev/null 2>&1; }

# make_rootfs keeps what debootstrap makes as one tar file, without the package archives.
make_rootfs() {
  local dir="${work}/rootfs"
  type debootstrap >/dev/null 2>&1 || apt_install debootstrap
  say "debootstrap ${suite}: about a minute, once on this machine"
  quietly as_root debootstrap --variant=minbase "${suite}" "${dir}" ${DEBIAN_MIRROR:+"${DEBIAN_MIRROR}"} ||
    die "debootstrap does not work" "DEBIAN_MIRROR names another mirror than its default"
  as_root rm -rf "${dir}"/var/cache/apt/archives/*.deb "${dir}"/var/lib/apt/lists/*
  mkdir -p "$(dirname "${rootfs}")"
  as_root tar -C "${dir}" --one-file-system -cf - . >"${rootfs}.part"
  mv "${rootfs}.part" "${rootfs}"
}

make_debian() {
  if have_image "${debian}"; then
    return 0
  fi
  [[ -s "${rootfs}" ]] || make_rootfs
  docker import --change 'CMD ["/bin/bash"]' "${rootfs}" "${debian}" >/dev/null
}

# make_golang adds GOROOT and this machine's CA certificates, which its way to the module proxy may need.
make_golang() {
  local name="$1" goroot="$2"
  if have_image "${name}"; then
    return 0
  fi
  say "packing ${goroot} into ${name}"
  mkdir "${work}/context"
  tar -C "${goroot}" --exclude ./test --exclude ./api --transform 's,^\.,usr/local/go,' -cf "${work}/context/files.tar" .
  tar -C / --dereference -rf "${work}/context/files.tar" etc/ssl/certs/ca-certificates.crt
  cat >"${work}/context/Dockerfile" <<-DOCKERFILE
		FROM ${debian}
		ADD files.tar /
		ENV PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	DOCKERFILE
  quietly docker build -t "${name}" "${work}/context" || die "building ${name} does not work"
}

if [[ "${1:-}" == rootfs ]]; then
  [[ -s "${rootfs}" ]] || make_rootfs
  echo "${rootfs}"
  exit 0
fi
make_debian
case "${1:-}" in
debian) echo "${debian}" ;;
golang)
  version="$(go env GOVERSION)"
  golang="portcullis.local/golang:${version#go}-${suite}"
  make_golang "${golang}" "$(go env GOROOT)"
  echo "${golang}"
  ;;
*) die "unknown image ${1-}" "debian or golang" ;;
esac
