#!/usr/bin/env bash
# Every linter of the project, each at a pinned version. All of them run, so that one call shows everything.
#
# zizmor (R60) is no Go program: it runs in .github/workflows/ci.yml only.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

failed=0

# check prints one line for a linter, and below it what the linter said when it did not pass.
check() {
  local name="$1" output
  shift
  if output="$("$@" 2>&1)"; then
    printf 'ok    %s\n' "${name}"
  else
    printf 'FAIL  %s\n%s\n' "${name}" "${output}"
    failed=1
  fi
}

type shellcheck >/dev/null 2>&1 || apt_install shellcheck
# gofmt has no exit status for files that it would change: what it lists must be nothing.
check gofmt bash -c 'gofmt -l cmd e2e internal policies | { ! grep .; }'
check "go vet" go vet ./...
check "go vet, e2e" go vet -tags e2e ./e2e/...
check shellcheck shellcheck .ci/run scripts/*.sh
check actionlint "$(go_tool github.com/rhysd/actionlint/cmd/actionlint@v1.7.12)" .github/workflows/*.yml examples/*.yml
check golangci-lint "$(go_tool github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0)" run
exit "${failed}"
