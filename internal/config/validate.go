package config

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// A check is what must hold for the value of one key.
type check struct {
	keys []string
	// wrong returns the message, or "".
	wrong func(*Config) string
	hint  string
}

// key splits a dotted path of keys.
func key(path string) []string { return strings.Split(path, ".") }

var checks = []check{
	{key("version"), func(c *Config) string { return one("version", string(rune('0'+c.Version)), "1") }, "write `version: 1`"},
	{key("fail-on"), func(c *Config) string { return isSeverity(c.FailOn) }, ""},
	{key("paths.exclude"), func(c *Config) string { return isGlobs(c.Paths.Exclude) }, ""},
	{key("policy.manifests"), func(c *Config) string { return isGlobs(c.Policy.Manifests) }, ""},
	{key("policy.pod-security.level"), func(c *Config) string {
		return one("level", c.Policy.PodSecurity.Level, "", "privileged", "baseline", "restricted", "labels")
	}, ""},
	{key("policy.pod-security.version"), func(c *Config) string { return isKubernetes(c.Policy.PodSecurity.Version) }, "write latest or a version such as v1.34"},
	{key("dockerfile.files"), func(c *Config) string { return isGlobs(c.Dockerfile.Files) }, ""},
	{key("dockerfile.shellcheck"), func(c *Config) string {
		return one("mode", c.Dockerfile.ShellCheck, "auto", "required", "off")
	}, ""},
	{key("scan.images"), func(c *Config) string {
		if c.Scan.Images.FromManifests && len(c.Scan.Registries) == 0 {
			return "from-manifests needs scan.registries: a change under review chooses these images, and where they are fetched from"
		}
		return ""
	}, "list the registries, such as ghcr.io/acme"},
	{key("scan.image-paths"), func(c *Config) string {
		if len(c.Scan.ImagePaths) > 0 && !c.Scan.Images.FromManifests {
			return "has no effect without images: from-manifests"
		}
		return ""
	}, "remove the key"},
	{key("scan.platforms"), func(c *Config) string { return c.Scan.Platforms.wrong() }, "write all, or a list such as [linux/amd64, linux/arm64]"},
	{key("scan.grype"), func(c *Config) string { return one("mode", c.Scan.Grype, "off", "auto", "required") }, ""},
	{key("scan.scanners"), func(c *Config) string { return each("scanner", c.Scan.Scanners, "vuln", "secret", "license") }, ""},
	{key("scan.unknown-severity"), func(c *Config) string { return isSeverity(c.Scan.UnknownSeverity) }, ""},
	{key("scan.database.max-age"), func(c *Config) string { return isDuration(c.Scan.Database.MaxAge) }, "write a duration such as 48h"},
	{key("scan.vex"), func(c *Config) string { return isGlobs(c.Scan.VEX) }, ""},
	{key("scan.sbom"), func(c *Config) string { return one("format", c.Scan.SBOM, "", "cyclonedx", "spdx") }, ""},
	{key("waivers"), func(c *Config) string { return isFile(c.Waivers) }, "name one file, such as " + WaiversFile},
	{key("sign.attest"), func(c *Config) string { return each("attestation", c.Sign.Attest, "sbom", "vuln", "vsa") }, ""},
	{key("sign.format"), func(c *Config) string { return one("format", c.Sign.Format, "bundle", "legacy", "both") }, ""},
}

// validate returns what is wrong with the values.
func validate(c *Config, d document) []gate.Failure {
	var failures []gate.Failure
	for _, check := range checks {
		if wrong := check.wrong(c); wrong != "" {
			failures = append(failures, d.failure(check.keys, check.hint, "%s", wrong))
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(c.Dockerfile.Severity)) {
		if wrong := isSeverity(c.Dockerfile.Severity[rule]); wrong != "" {
			failures = append(failures, d.failure([]string{"dockerfile", "severity", rule}, "", "%s", wrong))
		}
	}
	for _, list := range items {
		for i, item := range list.of(c) {
			if wrong := list.wrong(item); wrong != "" {
				failures = append(failures, d.item(list.keys, i, list.hint, wrong))
			}
		}
	}
	for _, chart := range slices.Sorted(maps.Keys(c.Policy.Helm.Values)) {
		for _, name := range append([]string{chart}, c.Policy.Helm.Values[chart]...) {
			if !filepath.IsLocal(name) {
				failures = append(failures, d.failure([]string{"policy", "helm", "values", chart}, "", "%s is no path in the workspace", quoted(name)))
			}
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(c.Scan.ImagePaths)) {
		if wrong := isImagePaths(kind, c.Scan.ImagePaths[kind]); wrong != "" {
			failures = append(failures, d.failure([]string{"scan", "image-paths", kind},
				`write for example Rollout.argoproj.io: ["spec.template.spec.containers[].image"]`, "%s", wrong))
		}
	}
	return append(failures, labelTypes(d, c.Dockerfile.Labels, "dockerfile", "labels")...)
}

// LabelTypes are the types that a label of the schema may have: hadolint's.
var LabelTypes = [...]string{"email", "hash", "rfc3339", "semver", "spdx", "text", "url"}

// labelTypes returns what is wrong with a label schema, which stands at a path
// of keys.
func labelTypes(d document, labels map[string]string, keys ...string) []gate.Failure {
	var failures []gate.Failure
	for _, label := range slices.Sorted(maps.Keys(labels)) {
		if wrong := one("type", labels[label], LabelTypes[:]...); wrong != "" {
			failures = append(failures, d.failure(append(slices.Clone(keys), label), "", "%s", wrong))
		}
	}
	return failures
}

func isSeverity(s string) string {
	if _, err := gate.ParseSeverity(s); err != nil {
		return err.Error()
	}
	return ""
}

// isFile checks the path of one file of the workspace; "" is none.
func isFile(name string) string {
	if name != "" && (!filepath.IsLocal(name) || strings.ContainsAny(name, `*?[]{}\`)) {
		return quoted(name) + " is no file in the workspace"
	}
	return ""
}

func isGlobs(patterns []string) string {
	if err := workspace.ValidPatterns(patterns); err != nil {
		return err.Error()
	}
	return ""
}

var kubernetesVersion = regexp.MustCompile(`^(|latest|v1\.(0|[1-9][0-9]{0,3}))$`)

func isKubernetes(s string) string {
	if !kubernetesVersion.MatchString(s) {
		return quoted(s) + " is not a version of Kubernetes"
	}
	return ""
}

var (
	kindAndGroup = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)
	imagePath    = regexp.MustCompile(`^[A-Za-z0-9_-]+(\[\])?(\.[A-Za-z0-9_-]+(\[\])?)*$`)
)

// isImagePaths checks where a kind of objects names images.
func isImagePaths(kind string, paths []string) string {
	if !kindAndGroup.MatchString(kind) {
		return quoted(kind) + " is no kind with its group"
	}
	if len(paths) == 0 {
		return quoted(kind) + " has no paths"
	}
	for _, path := range paths {
		if !imagePath.MatchString(path) {
			return quoted(path) + " is no path of fields"
		}
	}
	return ""
}

func isDuration(s string) string {
	if d, err := time.ParseDuration(s); err != nil || d <= 0 {
		return quoted(s) + " is not a positive duration"
	}
	return ""
}

func one(what, got string, want ...string) string {
	if slices.Contains(want, got) {
		return ""
	}
	want = slices.DeleteFunc(slices.Clone(want), func(s string) bool { return s == "" })
	return "unknown " + what + " " + quoted(got) + ", want one of " + strings.Join(want, ", ")
}

func each(what string, got []string, want ...string) string {
	for _, g := range got {
		if wrong := one(what, g, want...); wrong != "" {
			return wrong
		}
	}
	return ""
}

func quoted(s string) string { return `"` + s + `"` }
