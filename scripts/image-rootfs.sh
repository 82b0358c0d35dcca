#!/bin/sh
# Assembles the root file system of the runtime image; runs inside the Dockerfile's rootfs stage, on Debian.
#
#   image-rootfs.sh DIR
#
# DIR gets ShellCheck with the shared libraries that it is linked with, the CA certificates, and for each of the Debian
# packages these come from its dpkg entry (so that scanners know what is in the image) and its licence.
set -eu

dir="$1"
binary=/usr/bin/shellcheck
bundle=/etc/ssl/certs/ca-certificates.crt

# put copies files to the same place under DIR; a link becomes the file that it points to.
put() {
  for file in "$@"; do
    mkdir -p "${dir}$(dirname "${file}")"
    cp -L "${file}" "${dir}${file}"
  done
}

# record notes the Debian package that owns a file.
record() {
  package="$(dpkg-query --search "*$(realpath "$1" | sed 's,^/usr,,')" | sed 's/[:,].*//;q')"
  mkdir -p "${dir}/var/lib/dpkg/status.d"
  dpkg-query --status "${package}" >"${dir}/var/lib/dpkg/status.d/${package}"
  put "/usr/share/doc/${package}/copyright"
}

libraries="$(ldd "${binary}" | grep -o '/[^ ]*')"
# shellcheck disable=SC2086  # a list of paths without spaces
put ${binary} ${libraries} "${bundle}" /etc/os-release /etc/debian_version
for file in ${binary} ${libraries} /usr/sbin/update-ca-certificates; do
  record "${file}"
done
put /usr/share/common-licenses/*GPL*

# Temporary files of any user, where the engine does not mount something else there.
mkdir -m 1777 "${dir}/tmp"
