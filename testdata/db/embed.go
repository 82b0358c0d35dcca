// Package db holds a small vulnerability database as YAML buckets, in the shape
// of the database that Trivy reads: advisories of Alpine, npm and Go, and
// the details of each vulnerability. The facts are those of the published advisories.
package db

import "embed"

// Fixtures are the YAML files, all at the root.
//
//go:embed *.yaml
var Fixtures embed.FS
