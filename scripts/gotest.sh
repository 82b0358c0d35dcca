#!/usr/bin/env bash
# Runs go test with one line a package, failures in full, and counts at the end.
#
#   scripts/gotest.sh REPORT ARGUMENT...    REPORT gets JUnit XML, the arguments go to go test
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

report="$1"
shift
mkdir -p "$(dirname "${report}")"
# Tests that run ShellCheck are skipped where it is missing and cannot be installed.
type shellcheck >/dev/null 2>&1 || (apt_install shellcheck) || true
# Tests that post compare what they send with GitHub's own description. Without it they are skipped, and fail in CI.
scripts/github-api.sh >/dev/null || true
gotestsum="$(go_tool gotest.tools/gotestsum@v1.13.0)"
exec "${gotestsum}" --format "${GOTEST_FORMAT:-pkgname}" --format-hide-empty-pkg --hide-summary=skipped --junitfile "${report}" -- "$@"
