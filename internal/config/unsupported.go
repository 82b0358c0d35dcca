package config

import "github.com/portcullis-ci/portcullis/internal/gate"

// planned lists the keys of the design that this version knows but cannot
// honour. A gate that read them in silence would pass what it was told to
// check. Whoever builds a feature deletes its row.
var planned = []struct {
	keys []string
	used func(*Config) bool
	hint string
}{
	{key("scan.platforms"), func(c *Config) bool { return c.Scan.Platforms != "all" }, "every platform is scanned"},
	{key("sign.identity-token"), func(c *Config) bool { return c.Sign.IdentityToken != "" }, "sign with a key"},
	{key("waivers"), func(c *Config) bool { return c.Waivers != "" }, ""},
}

// unsupported returns a failure for each planned key that is in use.
func unsupported(c *Config, d document) []gate.Failure {
	var failures []gate.Failure
	for _, p := range planned {
		if p.used(c) {
			hint := p.hint
			if hint == "" {
				hint = "remove the key"
			}
			failures = append(failures, d.failure(p.keys, hint, "not supported yet"))
		}
	}
	return failures
}
