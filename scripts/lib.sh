# shellcheck shell=bash
# What the scripts share. Source it; it changes nothing but variables and functions.

# Everything that is worth keeping between runs: base images, tools, the engine's log.
PORTCULLIS_CACHE="${PORTCULLIS_CACHE:-${XDG_CACHE_HOME:-${HOME}/.cache}/portcullis}"
export PORTCULLIS_CACHE

say() { printf '%s\n' "$*" >&2; }

# die prints what is wrong, then a hint for each further argument, and ends the script.
die() {
  local hint name="${0##*/}"
  printf '%s: error: %s\n' "${name}" "$1" >&2
  for hint in "${@:2}"; do
    printf '%s: hint: %s\n' "${name}" "${hint}" >&2
  done
  exit 1
}

# as_root runs a command as root: by itself when it is, else through a sudo that asks nothing.
as_root() {
  if [[ "$(id -u)" == 0 ]]; then
    "$@"
  else
    sudo -n "$@"
  fi
}

# quietly runs a command and shows the end of its output only when it does not work.
quietly() {
  local log status=0
  log="$(mktemp)"
  "$@" >"${log}" 2>&1 || status=$?
  if ((status != 0)); then
    tail -n 30 "${log}" >&2
  fi
  rm -f "${log}"
  return "${status}"
}

# apt_install installs Debian packages without questions and without what they merely recommend.
apt_install() {
  command -v apt-get >/dev/null || die "$* is missing, and there is no apt-get here" "install it by hand"
  say "installing $*"
  quietly as_root apt-get update || die "apt-get update does not work"
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" ||
    die "apt-get could not install $*"
}

# go_tool installs a Go program of one version beside those of other versions, and prints its path.
# A tool is built as its own module says: the project's experiments are not its business.
go_tool() {
  local dir="${PORTCULLIS_CACHE}/tools/${1##*/}" program="${1%@*}"
  program="${dir}/${program##*/}"
  if [[ ! -x "${program}" ]]; then
    say "building ${1}"
    GOBIN="${dir}" GOEXPERIMENT='' CGO_ENABLED=0 quietly go install "$1" || die "go install $1 does not work"
  fi
  echo "${program}"
}
