package config

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Platforms are the platforms of images that are scanned.
type Platforms struct {
	Names []string // "linux/arm64/v8"; none: all
	// Line and Column are where they are listed; 0: nowhere.
	Line, Column int

	scalar string // what stands in the place of a list
}

// UnmarshalYAML reads `all` or a list.
func (p *Platforms) UnmarshalYAML(n *yaml.Node) error {
	*p = Platforms{Line: n.Line, Column: n.Column}
	if n.Kind == yaml.ScalarNode {
		p.scalar = n.Value
		return nil
	}
	return n.Decode(&p.Names)
}

// wrong says what is wrong with the value as a whole, or nothing.
func (p *Platforms) wrong() string {
	switch {
	case p.scalar != "" && p.scalar != "all":
		return quoted(p.scalar) + " is neither all nor a list"
	case p.scalar == "" && p.Line > 0 && len(p.Names) == 0:
		return "the list is empty: nothing would be scanned"
	}
	return ""
}

var (
	platform = regexp.MustCompile(`^[a-z0-9]+/[a-z0-9]+(/[a-z0-9.]+)?$`)
	// The names that Go has for what containers run on, which are those of images.
	systems       = []string{"freebsd", "linux", "wasip1", "windows"}
	architectures = []string{
		"386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le", "riscv64", "s390x", "wasm",
	}
)

// isPlatform says why a name is none of a platform.
func isPlatform(name string) string {
	if !platform.MatchString(name) {
		return quoted(name) + " is not a platform"
	}
	system, rest, _ := strings.Cut(name, "/")
	architecture, _, _ := strings.Cut(rest, "/")
	if !slices.Contains(systems, system) {
		return one("operating system", system, systems...)
	}
	return one("architecture", architecture, architectures...)
}
