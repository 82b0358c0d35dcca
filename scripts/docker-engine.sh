#!/usr/bin/env bash
# Gives this machine a Docker engine: uses the one that answers, else installs Debian's and starts it.
#
#   scripts/docker-engine.sh start    idempotent; returns when the engine answers
#   scripts/docker-engine.sh stop     stops the engine that start started, and no other
#   scripts/docker-engine.sh status   prints the engine's version and storage driver
#
# Needs root and apt-get only when no engine answers. The log is $PORTCULLIS_CACHE/engine/dockerd.log.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

state="${PORTCULLIS_CACHE}/engine"
log="${state}/dockerd.log"
pidfile="${state}/dockerd.pid"

answers() { docker info >/dev/null 2>&1; }

# ours prints the id of the engine that this script started, if it still runs. The file may outlive the machine's
# last boot, so the name of the process is compared too.
ours() {
  local pid
  pid="$(cat "${pidfile}" 2>/dev/null)" || return 1
  [[ "$(cat "/proc/${pid}/comm" 2>/dev/null)" == dockerd ]] && echo "${pid}"
}

# launch starts dockerd with one storage driver and waits until it answers or dies.
launch() {
  local driver="$1" pid
  rm -f /var/run/docker.pid "${pidfile}"
  setsid dockerd --storage-driver "${driver}" --pidfile "${pidfile}" >"${log}" 2>&1 </dev/null &
  pid=$!
  for _ in $(seq 300); do
    if answers; then
      return 0
    fi
    kill -0 "${pid}" 2>/dev/null || return 1
    sleep 0.1
  done
  kill "${pid}" 2>/dev/null || true
  return 1
}

start() {
  if command -v docker >/dev/null && answers; then
    return 0
  fi
  [[ "$(id -u)" == 0 ]] || die "no Docker engine answers, and starting one needs root" \
    "start your engine, or run this as root"
  if ! type dockerd docker >/dev/null 2>&1; then
    apt_install docker.io
    if answers; then # the package has started it
      return 0
    fi
  fi
  mkdir -p "${state}"
  local driver
  for driver in overlay2 vfs; do
    if launch "${driver}"; then
      say "engine: dockerd with ${driver}, log in ${log}"
      return 0
    fi
  done
  tail -n 20 "${log}" >&2
  die "dockerd does not start" "the whole log is ${log}"
}

stop() {
  local pid
  if ! pid="$(ours)"; then
    say "engine: none of ours runs"
    return 0
  fi
  kill "${pid}"
  for _ in $(seq 200); do
    if ! kill -0 "${pid}" 2>/dev/null; then
      return 0
    fi
    sleep 0.1
  done
  die "dockerd (process ${pid}) does not stop"
}

case "${1:-start}" in
start) start ;;
stop) stop ;;
status) docker info --format '{{.ServerVersion}} {{.Driver}}' ;;
*) die "unknown command ${1@Q}" "start, stop or status" ;;
esac
