#!/usr/bin/env bash
# Prints the path of a Trivy program of the version that go.mod names, for comparisons: it builds one, with the versions
# of go.mod, so that most of it is compiled already.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version="$(go list -m -f '{{.Version}}' github.com/aquasecurity/trivy)"
program="${PORTCULLIS_CACHE}/tools/trivy@${version}/trivy"

if [[ ! -x "${program}" ]]; then
  work="$(mktemp -d)"
  trap 'rm -rf "${work}"' EXIT
  say "building trivy ${version}"
  sed 's|^module .*|module trivy|' go.mod >"${work}/go.mod"
  cp go.sum "${work}/"
  cat >"${work}/main.go" <<-'GO'
		package main

		import (
			"context"
			"os"

			"github.com/aquasecurity/trivy/pkg/commands"
		)

		func main() {
			if err := commands.NewApp().ExecuteContext(context.Background()); err != nil {
				os.Exit(1)
			}
		}
	GO
  mkdir -p "${program%/*}"
  (cd "${work}" && GOFLAGS="-mod=mod ${GOFLAGS:-}" quietly go build -ldflags '-s -w' -o "${program}" .) ||
    die "building trivy ${version} does not work"
fi
echo "${program}"
