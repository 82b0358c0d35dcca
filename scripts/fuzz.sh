#!/usr/bin/env bash
# Runs every fuzz target of the tree, one after the other.
#
#   scripts/fuzz.sh TIME    for example 20s
set -euo pipefail

grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' cmd internal | sort | while IFS=: read -r file declaration; do
  target="${declaration#func }"
  printf '%s in %s\n' "${target}" "$(dirname "${file}")" >&2
  go test -run '^$' -fuzz "^${target}\$" -fuzztime "$1" "./$(dirname "${file}")"
done
