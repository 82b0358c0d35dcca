#!/usr/bin/env bash
# Prints the action.yml of its standard input with the image that it builds replaced by one that is pulled by digest.
#
#   scripts/pin-action.sh IMAGE@DIGEST <action.yml
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

image="${1:-}"
reference='^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}$'
[[ "${image}" =~ ${reference} ]] || die "${image@Q} is no image with a digest"

awk -v image="docker://${image}" '
  $1 == "image:" && $2 == "Dockerfile" { sub(/Dockerfile.*/, image); found++ }
  { print }
  END { exit found != 1 }
' || die "action.yml does not build a Dockerfile exactly once"
