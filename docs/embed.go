// Package docs holds what the program needs of its documentation.
package docs

import _ "embed"

// ReportSchema is the JSON Schema of a report, schema 1.
//
//go:embed report.schema.json
var ReportSchema []byte
