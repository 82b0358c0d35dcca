package dockerfile

import (
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3026",
			Title:       "images must come from a trusted registry",
			Severity:    hadolintError,
			Why:         "An image runs with the rights of the build and becomes part of what is shipped; a registry that nobody vouches for can serve anything.",
			Bad:         "FROM docker.io/library/debian:12\n",
			Good:        "FROM registry.example.com/debian:12\n",
			Remediation: "use the image of a registry in dockerfile.trusted-registries, or add its registry there",
			Controls:    []string{"cis-docker-4.2", "nist-sp-800-190-4.1.5"},
			URL:         wiki("DL3026"),
		},

		check: untrustedRegistries,
	})
}

// untrustedRegistries finds nothing where the configuration names no registry.
func untrustedRegistries(p *pass) {
	if len(p.settings.trustedRegistries) == 0 {
		return
	}
	for _, s := range p.Stages {
		if ref := s.From.Args[0]; s.Base == nil && ref.Value != "scratch" {
			p.reportUntrusted(s.From, ref.Value, ref.Span)
		}
	}
	for in := range p.each("COPY", "RUN") {
		if from, ok := in.Flag("from"); ok && in.Keyword == "COPY" && p.Earlier(in, from.Value) == nil {
			p.reportUntrusted(in, from.Value, from.Span)
		}
		for _, m := range in.Mounts() {
			if m.From != "" && p.Earlier(in, m.From) == nil {
				p.reportUntrusted(in, m.From, m.Span)
				break
			}
		}
	}
}

func (p *pass) reportUntrusted(in *syntax.Instruction, ref string, at syntax.Span) {
	name := registryOf(p.Expand(ref))
	if !slices.ContainsFunc(p.settings.trustedRegistries, func(pattern string) bool { return matchRegistry(pattern, name) }) {
		p.report(in, at, "image %q comes from %q, which is not trusted", ref, name)
	}
}

// registryOf returns the registry of an image reference. That of an image whose
// name begins with a variable is not known, and so not trusted.
func registryOf(ref string) string {
	first, _, found := strings.Cut(ref, "/")
	switch {
	case strings.HasPrefix(ref, "$"), found && strings.Contains(first, "$"):
		return first
	case !found, !strings.ContainsAny(first, ".:") && first != "localhost", first == "index.docker.io":
		return "docker.io"
	}
	return first
}

// matchRegistry matches a pattern with an asterisk at either end or none.
func matchRegistry(pattern, name string) bool {
	prefix, left := strings.CutSuffix(pattern, "*")
	suffix, right := strings.CutPrefix(pattern, "*")
	switch {
	case pattern == "*":
		return true
	case left && right:
		return strings.Contains(name, strings.Trim(pattern, "*"))
	case left:
		return strings.HasPrefix(name, prefix)
	case right:
		return strings.HasSuffix(name, suffix)
	}
	return pattern == name
}
