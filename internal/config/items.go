package config

import (
	"path"
	"regexp"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

const bundleHint = "name a folder of the workspace, or a bundle by its digest: oci://REPOSITORY@sha256:DIGEST"

// items is what must hold for each item of a list, and is said at its place.
var items = []struct {
	keys  []string
	of    func(*Config) []string
	wrong func(item string) string
	hint  string
}{
	{key("policy.rego"), func(c *Config) []string { return c.Policy.Rego }, isBundle, bundleHint},
	{key("policy.data"), func(c *Config) []string { return c.Policy.Data }, isBundle, bundleHint},
	{key("policy.gatekeeper"), func(c *Config) []string { return c.Policy.Gatekeeper }, isBundle, bundleHint},
	{key("policy.namespaces"), func(c *Config) []string { return c.Policy.Namespaces }, isPattern, ""},
	{key("scan.platforms"), func(c *Config) []string { return c.Scan.Platforms.Names }, isPlatform, "write OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT, such as linux/arm64/v8"},
	{key("policy.combine"), func(c *Config) []string { return c.Policy.Combine }, isPattern, ""},
	{key("scan.static"), func(c *Config) []string { return c.Scan.Static }, isStatic, "name repositories such as ghcr.io/acme/*, or an image by its digest"},
}

// item places a message at an item of a list, or at the value that is none.
func (d document) item(keys []string, i int, hint, message string) gate.Failure {
	n := d.node(keys...)
	if n != nil && i < len(n.Content) {
		n = n.Content[i]
	}
	return d.at(n, strings.Join(keys, ".")+": "+message, hint)
}

var pinnedBundle = regexp.MustCompile(`^oci://[^@\s]+@sha256:[0-9a-f]{64}$`)

// isBundle says of a path that is a URL why it is not that of a bundle with its
// digest: what a tag names changes, and nobody reviews it.
func isBundle(p string) string {
	scheme, _, remote := strings.Cut(p, "://")
	switch {
	case !remote || pinnedBundle.MatchString(p):
		return ""
	case scheme == "oci":
		return quoted(p) + " has no digest"
	}
	return quoted(p) + " cannot be fetched"
}

// isPattern says of a name of a package that it is no valid pattern.
func isPattern(p string) string {
	if _, err := path.Match(p, ""); err != nil {
		return quoted(p) + " is not a valid pattern"
	}
	return ""
}

var digest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// isStatic says why an entry cannot name images without an operating system: one
// that names every image, or any registry, would let all of them through.
func isStatic(entry string) string {
	first, _, _ := strings.Cut(entry, "/")
	local := strings.HasPrefix(entry, "oci:") || strings.HasPrefix(entry, "tar:")
	switch {
	case strings.HasPrefix(entry, "sha256:") && !digest.MatchString(entry):
		return quoted(entry) + " is not a whole digest"
	case digest.MatchString(entry):
		return ""
	case strings.Contains(entry, "@"):
		return quoted(entry) + " names a digest in a repository: the digest alone is enough"
	case isPattern(entry) != "":
		return isPattern(entry)
	case entry == "", !local && strings.ContainsAny(first, `*?[`), strings.Contains(entry, "**"):
		return quoted(entry) + " names images of anybody"
	case strings.Contains(path.Base(entry), ":") && !local:
		return quoted(entry) + " has a tag, and every tag of a repository counts"
	}
	return ""
}
