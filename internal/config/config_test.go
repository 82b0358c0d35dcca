package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/config"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func TestParse(t *testing.T) {
	c, err := config.Parse("portcullis.yaml", []byte(`version: 1
fail-on: medium
paths: {exclude: ["third_party/**"]}
policy:
  manifests: ["deploy/**"]
  rego: ["policy/"]
  builtin: {disable: [PC1203]}
  pod-security: {level: privileged}
dockerfile:
  files: ["**/Dockerfile*"]
  ignore: [DL3008]
  severity: {DL3042: high}
scan:
  images: [ghcr.io/acme/shop:1.4]
  ignore-unfixed: true
  database: {repository: ./db, max-age: 24h}
sign:
  key: env://COSIGN_KEY
  format: both
publish: {annotations: false, comment: false}
`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Threshold(), gate.Medium; got != want {
		t.Errorf("threshold is %v, want %v", got, want)
	}
	if got, want := c.Policy.Builtin.Disable, "PC1203"; len(got) != 1 || got[0] != want {
		t.Errorf("disable is %q, want %q", got, want)
	}
	if got, want := c.Severities()["DL3042"], gate.High; got != want {
		t.Errorf("severity is %v, want %v", got, want)
	}
	if got, want := c.MaxAge(), 24*time.Hour; got != want {
		t.Errorf("max-age is %v, want %v", got, want)
	}
	if got, want := strings.Join(c.Named, " "), "policy dockerfile scan sign"; got != want {
		t.Errorf("named stages are %q, want %q", got, want)
	}
	if c.Publish.Annotations == nil || *c.Publish.Annotations {
		t.Error("annotations are on, want off")
	}
	if got := c.Source.Digest; !strings.HasPrefix(got, "sha256:") {
		t.Errorf("digest is %q", got)
	}
}

func TestParseKeepsDefaults(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "---\n", "version: 1\n"} {
		c, err := config.Parse("portcullis.yaml", []byte(text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if c.Threshold() != gate.High || c.MaxAge() != 48*time.Hour || len(c.Named) != 0 || c.Policy.Builtin.Off {
			t.Errorf("%q: got %+v", text, c)
		}
	}
}

// TestParseEmptySection holds that a section without keys names its stage and
// keeps every default.
func TestParseEmptySection(t *testing.T) {
	c, err := config.Parse("portcullis.yaml", []byte("scan:\nsign: {}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if c.MaxAge() != 48*time.Hour || len(c.Scan.Scanners) != 2 || c.Sign.Format != "bundle" {
		t.Errorf("got %+v", c)
	}
	if got, want := strings.Join(c.Named, " "), "scan sign"; got != want {
		t.Errorf("named stages are %q, want %q", got, want)
	}
}

func TestParseUnions(t *testing.T) {
	c, err := config.Parse("portcullis.yaml", []byte("policy: {builtin: false}\nscan: {images: [oci:dist/app]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if !c.Policy.Builtin.Off {
		t.Error("the built-in library is on, want off")
	}
	if got := c.Scan.Images.References; len(got) != 1 || got[0] != "oci:dist/app" {
		t.Errorf("images are %q", got)
	}
}

// TestParseErrors covers the wrong files: each error names file, line and
// column, and what would be right.
func TestParseErrors(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"unknown key", "version: 1\npolicy:\n  regoo: [x]\n", `portcullis.yaml:3:3: policy: unknown key "regoo"`},
		{"unknown top key", "fail_on: high\n", `portcullis.yaml:1:1: unknown key "fail_on"`},
		{"duplicate key", "version: 1\nversion: 1\n", `portcullis.yaml:2:1: key "version" is there twice`},
		{"chart outside", "policy:\n  helm:\n    values:\n      ../x: [v.yaml]\n", `portcullis.yaml:4:13: policy.helm.values.../x: "../x" is no path in the workspace`},
		{"values outside", "policy: {helm: {values: {charts/x: [a.yaml, /etc/v.yaml]}}}\n", `portcullis.yaml:1:36: policy.helm.values.charts/x: "/etc/v.yaml" is no path in the workspace`},
		{"values no list", "policy: {helm: {values: {charts/x: a.yaml}}}\n", `portcullis.yaml:1:36: policy.helm.values.charts/x: want a list`},
		{"list", "policy:\n  rego: {a: b}\n", "portcullis.yaml:2:9: policy.rego: want a list, not keys and values"},
		{"value for list", "policy:\n  rego: policy/\n", `portcullis.yaml:2:9: policy.rego: want a list, not the value "policy/"`},
		{"boolean", "scan: {ignore-unfixed: maybe}\n", `portcullis.yaml:1:24: scan.ignore-unfixed: "maybe" is not true or false`},
		{"builtin", "policy: {builtin: some}\n", `policy.builtin: "some" is not true or false`},
		{"builtin key", "policy: {builtin: {off: [a]}}\n", `policy.builtin: unknown key "off"`},
		{"mapping", "scan: [a]\n", "portcullis.yaml:1:7: scan: want keys and values, not a list"},
		{"alias", "paths: {exclude: &a [x]}\npolicy: {rego: *a}\n", "portcullis.yaml:2:16: policy.rego: aliases are not supported"},
		{"merge", "<<: {version: 1}\n", `unknown key "<<"`},
		{"not a mapping", "- a\n", "portcullis.yaml:1:1: want keys and values, not a list"},
		{"syntax", "policy: [\n", "portcullis.yaml:1: did not find"},
		{"version", "version: 2\n", `portcullis.yaml:1:10: version: unknown version "2", want one of 1`},
		{"severity", "fail-on: severe\n", `portcullis.yaml:1:10: fail-on: unknown severity "severe", want one of unknown, low, medium, high, critical`},
		{"rule severity", "dockerfile:\n  severity: {DL3042: bad}\n", `portcullis.yaml:2:22: dockerfile.severity.DL3042: unknown severity "bad"`},
		{"glob", "paths: {exclude: ['[']}\n", `portcullis.yaml:1:18: paths.exclude: invalid glob pattern "["`},
		{"duration", "scan: {database: {max-age: soon}}\n", `portcullis.yaml:1:28: scan.database.max-age: "soon" is not a positive duration`},
		{"format", "sign: {format: x509}\n", `sign.format: unknown format "x509", want one of bundle, legacy, both`},
		{"attest", "sign: {attest: [slsa]}\n", `sign.attest: unknown attestation "slsa", want one of sbom, vuln, vsa`},
		{"documents", "version: 1\n---\nversion: 1\n", "more than one YAML document"},
		{"bundle without digest", "policy:\n  gatekeeper: [a, \"oci://a/b:v1\"]\n", `portcullis.yaml:2:19: policy.gatekeeper: "oci://a/b:v1" has no digest`},
		{"bundle with half a digest", "policy: {rego: ['oci://ghcr.io/acme/policy@sha256:0']}\n", `portcullis.yaml:1:17: policy.rego: "oci://ghcr.io/acme/policy@sha256:0" has no digest`},
		{"bundle over http", "policy: {data: ['https://acme.example/data.json']}\n", `portcullis.yaml:1:17: policy.data: "https://acme.example/data.json" cannot be fetched`},
		{"namespaces", "policy: {namespaces: ['a[']}\n", `portcullis.yaml:1:23: policy.namespaces: "a[" is not a valid pattern`},
		{"static for all", "scan: {static: ['*/*']}\n", `portcullis.yaml:1:17: scan.static: "*/*" names images of anybody`},
		{"static at any depth", "scan: {static: ['ghcr.io/**']}\n", `"ghcr.io/**" names images of anybody`},
		{"static with a tag", "scan: {static: [a/b, 'localhost:5000/acme/x:1']}\n", `portcullis.yaml:1:22: scan.static: "localhost:5000/acme/x:1" has a tag`},
		{"static with half a digest", "scan: {static: ['sha256:0']}\n", `"sha256:0" is not a whole digest`},
		{"static with both", "scan: {static: ['ghcr.io/a@sha256:0']}\n", `the digest alone is enough`},
		{"static pattern", "scan: {static: ['ghcr.io/[']}\n", `"ghcr.io/[" is not a valid pattern`},
		{"combine", "policy: {combine: some}\n", `portcullis.yaml:1:19: policy.combine: "some" is not true or false`},
		{"pod-security level", "policy: {pod-security: {level: strict}}\n", "unknown level \"strict\", want one of privileged, baseline, restricted, labels"},
		{"pod-security version", "policy: {pod-security: {level: baseline, version: \"1.30\"}}\n", "portcullis.yaml:1:51: policy.pod-security.version: \"1.30\" is not a version of Kubernetes"},
		{"from-manifests without registries", "scan: {images: from-manifests}\n", "portcullis.yaml:1:16: scan.images: from-manifests needs scan.registries"},
		{"image-paths without from-manifests", "scan: {image-paths: {A.b: [c]}}\n", "portcullis.yaml:1:21: scan.image-paths: has no effect without images: from-manifests"},
		{"image-paths without a path", "scan: {images: from-manifests, registries: [a], image-paths: {A.b: []}}\n", `portcullis.yaml:1:68: scan.image-paths.A.b: "A.b" has no paths`},
		{"image-paths that are none", "scan: {images: from-manifests, registries: [a], image-paths: {A.b: [\"$.c\"]}}\n", `"$.c" is no path of fields`},
		{"image-paths of no kind", "scan: {images: from-manifests, registries: [a], image-paths: {a/b: [c]}}\n", `"a/b" is no kind with its group`},
		{"waivers outside", "waivers: ../w.yaml\n", `portcullis.yaml:1:10: waivers: "../w.yaml" is no file in the workspace`},
		{"waivers as a pattern", "waivers: w/*.yaml\n", `portcullis.yaml:1:10: waivers: "w/*.yaml" is no file in the workspace`},
		{"shellcheck", "dockerfile: {shellcheck: no}\n", `dockerfile.shellcheck: unknown mode "no", want one of auto, required, off`},
		{"label type", "dockerfile:\n  labels: {maintainer: mail}\n", `portcullis.yaml:2:24: dockerfile.labels.maintainer: unknown type "mail", want one of email, hash,`},
		{"waivers as a list", "waivers: [w.yaml]\n", "portcullis.yaml:1:10: waivers: want one value, not a list"},
		{"one platform", "scan: {platforms: linux/amd64}\n", `portcullis.yaml:1:19: scan.platforms: "linux/amd64" is neither all nor a list`},
		{"no platform", "scan: {platforms: []}\n", `portcullis.yaml:1:19: scan.platforms: the list is empty`},
		{"platforms by key", "scan: {platforms: {linux: amd64}}\n", `portcullis.yaml:1:19: scan.platforms: want a list`},
		{"platform without a system", "scan:\n  platforms:\n    - linux/amd64\n    - amd64\n", `portcullis.yaml:4:7: scan.platforms: "amd64" is not a platform`},
		{"platform in capitals", "scan: {platforms: [Linux/amd64]}\n", `portcullis.yaml:1:20: scan.platforms: "Linux/amd64" is not a platform`},
		{"architecture by another name", "scan: {platforms: [linux/aarch64]}\n", `portcullis.yaml:1:20: scan.platforms: unknown architecture "aarch64", want one of 386, amd64`},
		{"system by another name", "scan: {platforms: [win/amd64]}\n", `unknown operating system "win"`},
		{"empty key", "'': high\n", `portcullis.yaml:1:1: unknown key ""`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := config.Parse("portcullis.yaml", []byte(tc.text))
			var failures *config.Error
			if !errors.As(err, &failures) {
				t.Fatalf("error is %v, want a *config.Error", err)
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error is\n%s\nwant\n%s", err, tc.want)
			}
		})
	}
}

func TestUnknownKeyHint(t *testing.T) {
	for key, want := range map[string]string{
		"failon":   `did you mean "fail-on"?`,
		"fail_on":  `did you mean "fail-on"?`,
		"severity": "docs/config.md lists every key",
	} {
		_, err := config.Parse("portcullis.yaml", []byte(key+": high\n"))
		var failed *config.Error
		if !errors.As(err, &failed) {
			t.Fatalf("%s: error is %v, want a *config.Error", key, err)
		}
		if got := failed.Failures[0].Hint; got != want {
			t.Errorf("%s: hint is %q, want %q", key, got, want)
		}
	}
}

func TestAddHadolint(t *testing.T) {
	c, err := config.Parse("portcullis.yaml", []byte("dockerfile: {severity: {DL3042: critical}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	err = c.AddHadolint(".hadolint.yaml", []byte(`ignored: [DL3008]
trustedRegistries: [ghcr.io]
override: {error: [DL3042, DL3015], style: [DL4000]}
no-fail: true
label-schema: {author: text}
strict-labels: true
`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]gate.Severity{"DL3042": gate.Critical, "DL3015": gate.High, "DL4000": gate.Low}
	got := c.Severities()
	for rule, s := range want {
		if got[rule] != s {
			t.Errorf("%s is %v, want %v", rule, got[rule], s)
		}
	}
	if len(c.Dockerfile.Ignore) != 1 || len(c.Dockerfile.TrustedRegistries) != 1 {
		t.Errorf("got %+v", c.Dockerfile)
	}
	if c.Dockerfile.Labels["author"] != "text" || !c.Dockerfile.StrictLabels {
		t.Errorf("got %+v", c.Dockerfile)
	}
	if len(c.Warnings) != 1 {
		t.Errorf("warnings are %q, want one", c.Warnings)
	}
}

func TestAddHadolintThreshold(t *testing.T) {
	for _, tt := range []struct{ portcullis, hadolint, want, warning string }{
		{"", "failure-threshold: warning\n", "medium", ""},
		{"", "failure-threshold: style\n", "low", ""},
		{"", "failure-threshold: error\n", "high", ""},
		{"", "failure-threshold: none\n", "high", "failure-threshold: none is refused"},
		{"", "no-fail: true\n", "high", "no-fail is refused"},
		{"fail-on: critical\n", "failure-threshold: info\n", "critical", "fail-on of portcullis.yaml decides"},
	} {
		c, err := config.Parse("portcullis.yaml", []byte(tt.portcullis))
		if err == nil {
			err = c.AddHadolint(".hadolint.yml", []byte(tt.hadolint))
		}
		if err != nil || c.FailOn != tt.want || !strings.Contains(strings.Join(c.Warnings, "\n"), tt.warning) || (tt.warning == "") != (len(c.Warnings) == 0) {
			t.Errorf("%q: fail-on %s, warnings %q, want %s, %q (%v)", tt.hadolint, c.FailOn, c.Warnings, tt.want, tt.warning, err)
		}
	}
	if err := config.Default().AddHadolint(".hadolint.yaml", []byte("failure-threshold: loud\n")); err == nil || !strings.Contains(err.Error(), `unknown severity "loud"`) {
		t.Errorf("got %v", err)
	}
}

func TestAddHadolintLabels(t *testing.T) {
	c, err := config.Parse("portcullis.yaml", []byte("dockerfile: {labels: {a: url}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	err = c.AddHadolint(".hadolint.yaml", []byte("strict-labels: true\nlabel-schema: {b: text}\n"))
	if err != nil || c.Dockerfile.StrictLabels || len(c.Dockerfile.Labels) != 1 || c.Dockerfile.Labels["a"] != "url" {
		t.Errorf("portcullis.yaml wins: got %+v, %v", c.Dockerfile, err)
	}
	err = config.Default().AddHadolint(".hadolint.yaml", []byte("label-schema:\n  a: link\n"))
	if want := `.hadolint.yaml:2:6: label-schema.a: unknown type "link"`; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// FuzzParse holds that no input makes Parse panic, and that an error is always
// a *config.Error with the file's name.
func FuzzParse(f *testing.F) {
	f.Add([]byte("version: 1\npolicy: {rego: [x]}\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("? {}\n: -\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := config.Parse("p.yaml", data)
		var failures *config.Error
		if err != nil && (!errors.As(err, &failures) || !strings.HasPrefix(err.Error(), "p.yaml")) {
			t.Fatalf("error is %v", err)
		}
	})
}
