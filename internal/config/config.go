// Package config reads portcullis.yaml, strictly: an unknown key, a value of
// the wrong type and a key whose stage does not exist yet are errors with file,
// line and column.
package config

import (
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// File is the name of the configuration file at the root of a workspace.
const File = "portcullis.yaml"

// A Config is the configuration of a run. [Default] returns the one without a
// file.
type Config struct {
	Version    int        `yaml:"version"`
	FailOn     string     `yaml:"fail-on"`
	Paths      Paths      `yaml:"paths"`
	Policy     Policy     `yaml:"policy"`
	Dockerfile Dockerfile `yaml:"dockerfile"`
	Scan       Scan       `yaml:"scan"`
	Sign       Sign       `yaml:"sign"`
	Waivers    string     `yaml:"waivers"` // a file of the workspace; "": WaiversFile, if it is there
	Publish    Publish    `yaml:"publish"`

	failOnSet bool // fail-on is in the file

	// WaiversAt is where waivers stands in the file; the zero value if it does not.
	WaiversAt gate.Location `yaml:"-"`

	// Named lists the stages whose section is in the file, in their order.
	Named []string `yaml:"-"`
	// Source and Digest go into the report.
	Source gate.Config `yaml:"-"`
	// Warnings say what in the file has no effect, each with its place.
	Warnings []string `yaml:"-"`
}

// Paths selects the part of the workspace that is checked.
type Paths struct {
	Exclude []string `yaml:"exclude"`
}

// Policy configures the policy stage.
type Policy struct {
	Manifests   []string    `yaml:"manifests"` // empty: every file that holds Kubernetes objects
	Rego        []string    `yaml:"rego"`
	Data        []string    `yaml:"data"`
	Namespaces  []string    `yaml:"namespaces"` // empty: every package that defines a rule
	Combine     Combine     `yaml:"combine"`
	Gatekeeper  []string    `yaml:"gatekeeper"`
	PodSecurity PodSecurity `yaml:"pod-security"`
	Builtin     Builtin     `yaml:"builtin"`
	Helm        Helm        `yaml:"helm"`
}

// Helm says how charts are rendered.
type Helm struct {
	// Values names files of values by the folder of a chart, relative to it or
	// to the workspace.
	Values map[string][]string `yaml:"values"`
}

// Combine says which packages are asked once, about all objects together:
// patterns, or true for all.
type Combine []string

// PodSecurity selects a level of the Pod Security Standards.
type PodSecurity struct {
	Level   string `yaml:"level"`
	Version string `yaml:"version"`
}

// Builtin switches policies of the built-in library off, or all of it.
type Builtin struct {
	Off     bool     `yaml:"-"`
	Disable []string `yaml:"disable"`
}

// Dockerfile configures the dockerfile stage.
type Dockerfile struct {
	Files             []string          `yaml:"files"` // empty: the usual names
	Ignore            []string          `yaml:"ignore"`
	Severity          map[string]string `yaml:"severity"`
	TrustedRegistries []string          `yaml:"trusted-registries"`
	Labels            map[string]string `yaml:"labels"` // name to type, one of LabelTypes
	StrictLabels      bool              `yaml:"strict-labels"`
	ShellCheck        string            `yaml:"shellcheck"`
	Mandatory         []string          `yaml:"mandatory"` // rules that no comment in a file suppresses

	// DisableIgnorePragma can be set by .hadolint.yaml only.
	DisableIgnorePragma bool `yaml:"-"`
}

// Scan configures the scan stage.
type Scan struct {
	Images Images `yaml:"images"`
	// Registries are where images that manifests name may be fetched from.
	Registries []string `yaml:"registries"`
	// ImagePaths say where custom resources name images, by kind and group.
	ImagePaths map[string][]string `yaml:"image-paths"`
	// Workspace says that the lock files of the workspace are scanned too.
	Workspace       bool      `yaml:"workspace"`
	Scanners        []string  `yaml:"scanners"`
	Grype           string    `yaml:"grype"` // off, auto, required
	IgnoreUnfixed   bool      `yaml:"ignore-unfixed"`
	UnknownSeverity string    `yaml:"unknown-severity"`
	Platforms       Platforms `yaml:"platforms"`
	Database        Database  `yaml:"database"`
	SBOM            string    `yaml:"sbom"`
	VEX             []string  `yaml:"vex"` // paths or globs of the trusted set
	// Static are images that have no operating system, by repository or digest.
	Static []string `yaml:"static"`
}

// Images are the images to scan.
type Images struct {
	FromManifests bool     `yaml:"-"`
	References    []string `yaml:"-"`
}

// Database says where the vulnerability database comes from.
type Database struct {
	// Repository is a folder (it begins with "." or "/"), an OCI reference, or
	// empty for the default locations.
	Repository string `yaml:"repository"`
	// JavaRepository is the same for the database that tells which Java archive
	// is which.
	JavaRepository string `yaml:"java-repository"`
	MaxAge         string `yaml:"max-age"`
}

// Sign configures the sign stage.
type Sign struct {
	Key           string   `yaml:"key"`
	IdentityToken string   `yaml:"identity-token"`
	Attest        []string `yaml:"attest"`
	Format        string   `yaml:"format"`
}

// Publish says where results go besides the standard output.
type Publish struct {
	Annotations *bool `yaml:"annotations"`
	Comment     *bool `yaml:"comment"`
	CheckRun    *bool `yaml:"check-run"`
	SARIF       *bool `yaml:"sarif"`
	Suggestions *bool `yaml:"suggestions"`
}

// Default returns the configuration that is in force without a file.
func Default() *Config {
	return &Config{
		Version:    1,
		FailOn:     "high",
		Dockerfile: Dockerfile{Severity: map[string]string{}, ShellCheck: "auto"},
		Scan: Scan{
			Workspace:       true,
			Grype:           "off",
			Scanners:        []string{"vuln", "secret"},
			UnknownSeverity: "high",
			Database:        Database{MaxAge: "48h"},
		},
		Sign:   Sign{Attest: []string{"vuln", "vsa"}, Format: "bundle"},
		Source: gate.Config{Source: "defaults"},
	}
}

// Threshold returns fail-on.
func (c *Config) Threshold() gate.Severity { return severity(c.FailOn) }

// UnknownSeverity returns the severity that an unknown one counts as.
func (c *Config) UnknownSeverity() gate.Severity { return severity(c.Scan.UnknownSeverity) }

// MaxAge returns the greatest age of the vulnerability database.
func (c *Config) MaxAge() time.Duration {
	d, _ := time.ParseDuration(c.Scan.Database.MaxAge) // validated by Parse
	return d
}

// PlatformsAt returns the place of scan.platforms.
func (c *Config) PlatformsAt() gate.Location {
	at := gate.Range{Line: c.Scan.Platforms.Line, Column: c.Scan.Platforms.Column}
	return gate.Location{Path: c.Source.Source, Range: at}
}

// Severities returns the severities that dockerfile rules were given.
func (c *Config) Severities() map[string]gate.Severity {
	m := make(map[string]gate.Severity, len(c.Dockerfile.Severity))
	for rule, s := range c.Dockerfile.Severity {
		m[rule] = severity(s)
	}
	return m
}

// severity parses what Parse has validated.
func severity(s string) gate.Severity {
	parsed, _ := gate.ParseSeverity(s)
	return parsed
}
