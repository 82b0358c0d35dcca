#!/usr/bin/env bash
# Fetches GitHub's description of its REST API, which the tests of internal/github compare requests with, and prints its
# path. It comes from npm's @octokit/openapi, whose one file of 13 MB is kept; nothing of it is committed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The release is named in internal/github/githubtest too.
release=23.0.2
package=71a18407dd5e8464f4e0525daf03deabbe65abd9287d6adc7b5d98f516cd0d0c
description=829b4bebb19a53133289f7b0bc819f4f1118115821db2ca9f25e9ee995a7da2a

dir="${PORTCULLIS_CACHE}/tools/github-api@${release}"
file="${dir}/api.github.com.json"

is() { [[ -s "$2" ]] && echo "$1  $2" | sha256sum --check --status; }

if ! is "${description}" "${file}"; then
  say "fetching GitHub's description of its API"
  work="$(mktemp -d)"
  trap 'rm -rf "${work}"' EXIT
  if type npm >/dev/null 2>&1; then
    (cd "${work}" && quietly npm pack --silent "@octokit/openapi@${release}") || die "npm cannot fetch @octokit/openapi@${release}"
    mv "${work}"/*.tgz "${work}/package.tgz"
  else
    quietly curl -fsSL --retry 3 -o "${work}/package.tgz" \
      "https://registry.npmjs.org/@octokit/openapi/-/openapi-${release}.tgz" || die "@octokit/openapi@${release} cannot be fetched"
  fi
  is "${package}" "${work}/package.tgz" || die "@octokit/openapi@${release} is not what it was"
  tar -xzf "${work}/package.tgz" -C "${work}" package/generated/api.github.com.json
  is "${description}" "${work}/package/generated/api.github.com.json" || die "the description is not what it was"
  mkdir -p "${dir}"
  mv "${work}/package/generated/api.github.com.json" "${file}.part"
  mv "${file}.part" "${file}"
fi
echo "${file}"
