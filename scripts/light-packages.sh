#!/usr/bin/env bash
# Prints the packages whose tests link no engine. internal/depcheck sees to it that these are nearly all.
set -euo pipefail

# A test binary is listed as PACKAGE.test, with all that it links.
go list -test -f '{{if eq .Name "main"}}{{.ImportPath}} {{join .Deps " "}}{{end}}' ./... |
  awk '$1 ~ /\.test$/ && !/ github\.com\/(open-policy-agent|aquasecurity\/trivy|sigstore)\// {sub(/\.test$/, "", $1); print $1}'
