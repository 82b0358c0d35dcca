package config

import (
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A plan is a key of the design that this version knows but cannot honour.
type plan struct {
	keys []string
	used func(*Config) bool
	hint string
}

// planned lists them. A gate that read them in silence would pass what it was
// told to check. Whoever builds a feature deletes its row.
var planned = []plan{
	{key("sign.identity-token"), func(c *Config) bool { return c.Sign.IdentityToken != "" }, "sign with a key"},
}

// plannedAt returns the plan for the key at a path, or nil.
func plannedAt(path string) *plan {
	for i := range planned {
		if strings.Join(planned[i].keys, ".") == path {
			return &planned[i]
		}
	}
	return nil
}

// advice says what to do without the key.
func (p *plan) advice() string {
	if p.hint == "" {
		return "remove the key"
	}
	return p.hint
}

// unsupported returns a failure for each planned key that is in use.
func unsupported(c *Config, d document) []gate.Failure {
	var failures []gate.Failure
	for _, p := range planned {
		if p.used(c) {
			failures = append(failures, d.failure(p.keys, p.advice(), "not supported yet"))
		}
	}
	return failures
}
