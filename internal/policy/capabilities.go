package policy

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// builtins.txt lists the builtin functions that a policy may call: those whose
// result depends on their arguments only. A builtin that a new version of OPA
// brings is not allowed before somebody has looked at it and listed it.
//
//go:embed builtins.txt
var allowedBuiltins string

// capabilities returns what policies of these Rego versions may use.
func capabilities(versions ...ast.RegoVersion) *ast.Capabilities {
	allowed := strings.Fields(allowedBuiltins)
	c := &ast.Capabilities{
		// No host has this name. An empty list would be left out when the
		// capabilities are written as JSON, and then means every host.
		AllowNet: []string{""},
	}
	for _, version := range versions {
		of := ast.CapabilitiesForThisVersion(ast.CapabilitiesRegoVersion(version))
		c.Builtins, c.WasmABIVersions = slices.Clone(of.Builtins), of.WasmABIVersions
		c.FutureKeywords = append(c.FutureKeywords, of.FutureKeywords...)
		c.Features = append(c.Features, of.Features...)
	}
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool { return !slices.Contains(allowed, b.Name) })
	for _, list := range []*[]string{&c.FutureKeywords, &c.Features} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return c
}

// denied reports whether a name is that of a builtin that policies of other
// programs may know and ours may not call.
func denied(name string) bool {
	others := []string{"parse_config", "parse_config_file", "parse_combined_config_files", "external_data"} // of conftest and Gatekeeper
	_, known := ast.BuiltinMap[name]
	return (known || slices.Contains(others, name)) && !slices.Contains(strings.Fields(allowedBuiltins), name)
}
