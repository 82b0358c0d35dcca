// Package policies holds the built-in policies: one Rego file each, with its
// documentation in the METADATA block of its package. README.md says how to
// add one.
package policies

import "embed"

// FS holds the policies (PCnnnn.rego) and the library they share (lib.rego),
// without their tests.
//
//go:embed PC[0-9][0-9][0-9][0-9].rego lib.rego
var FS embed.FS

// Templates holds the Rego of Gatekeeper's common constraint templates, by the
// kind of their constraints, and their library.
//
//go:embed gatekeeper/*.rego
var Templates embed.FS
