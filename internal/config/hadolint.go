package config

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// HadolintFiles are the names under which hadolint's configuration is looked
// for at the root of the workspace, the first that exists wins.
var HadolintFiles = [...]string{".hadolint.yaml", ".hadolint.yml"}

// hadolint is the part of hadolint's configuration that is honoured.
type hadolint struct {
	Ignored           []string            `yaml:"ignored"`
	Override          map[string][]string `yaml:"override"`
	TrustedRegistries []string            `yaml:"trustedRegistries"`
	DisablePragma     bool                `yaml:"disable-ignore-pragma"`
	LabelSchema       map[string]string   `yaml:"label-schema"`
	StrictLabels      bool                `yaml:"strict-labels"`

	FailureThreshold string `yaml:"failure-threshold"`
	NoFail           bool   `yaml:"no-fail"`
}

// severities translates hadolint's names.
var severities = map[string]gate.Severity{
	"error": gate.High, "warning": gate.Medium, "info": gate.Low, "style": gate.Low,
}

// AddHadolint takes over an existing .hadolint.yaml for the dockerfile stage,
// where portcullis.yaml says nothing. What it asks for and cannot have is
// added to c.Warnings.
func (c *Config) AddHadolint(name string, data []byte) error {
	var h hadolint
	if err := yaml.Unmarshal(data, &h); err != nil {
		return syntaxError(name, err)
	}
	for label, kind := range h.LabelSchema {
		if kind == "" {
			h.LabelSchema[label] = "text"
		}
	}
	if len(h.LabelSchema) > 0 {
		doc, err := parse(name, data)
		if err != nil {
			return err
		}
		if failures := labelTypes(doc, h.LabelSchema, "label-schema"); len(failures) > 0 {
			return &Error{Failures: failures}
		}
	}
	d := &c.Dockerfile
	if d.Ignore == nil {
		d.Ignore = h.Ignored
	}
	if d.TrustedRegistries == nil {
		d.TrustedRegistries = h.TrustedRegistries
	}
	if d.Labels == nil {
		d.Labels, d.StrictLabels = h.LabelSchema, d.StrictLabels || h.StrictLabels
	}
	d.DisableIgnorePragma = h.DisablePragma
	for _, level := range []string{"error", "warning", "info", "style"} {
		for _, rule := range h.Override[level] {
			if _, set := d.Severity[rule]; !set {
				d.Severity[rule] = severities[level].String()
			}
		}
	}
	if err := c.hadolintThreshold(name, h.FailureThreshold); err != nil {
		return err
	}
	c.warnHadolint(name, h)
	return nil
}

// hadolintThreshold takes over failure-threshold, which is never less strict
// than the default of fail-on.
func (c *Config) hadolintThreshold(name, threshold string) error {
	severity, known := severities[threshold]
	switch {
	case threshold == "" || neverFails(threshold):
	case !known:
		return &Error{Failures: []gate.Failure{{
			Location: gate.Location{Path: name}, Message: "failure-threshold: unknown severity " + quoted(threshold) + ", want one of error, warning, info, style",
		}}}
	case !c.failOnSet:
		c.FailOn = severity.String()
	}
	return nil
}

// neverFails reports whether hadolint takes a threshold for none at all.
func neverFails(threshold string) bool { return threshold == "ignore" || threshold == "none" }

func (c *Config) warnHadolint(name string, h hadolint) {
	for _, w := range []struct {
		used bool
		text string
	}{
		{c.failOnSet && h.FailureThreshold != "", "failure-threshold has no effect: fail-on of portcullis.yaml decides"},
		{neverFails(h.FailureThreshold), "failure-threshold: " + h.FailureThreshold + " is refused: a gate that cannot close checks nothing"},
		{h.NoFail, "no-fail is refused: a gate that cannot close checks nothing"},
	} {
		if w.used {
			c.Warnings = append(c.Warnings, fmt.Sprintf("%s: %s", name, w.text))
		}
	}
}
