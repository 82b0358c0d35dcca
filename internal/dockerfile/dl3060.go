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
			ID:          "DL3060",
			Title:       "yarn install must be followed by yarn cache clean",
			Severity:    hadolintInfo,
			Why:         "Packages and metadata that were fetched stay in the layer, make the image larger and are out of date by the time anybody uses them.",
			Bad:         "FROM node:22\nRUN yarn install\n",
			Good:        "FROM node:22\nRUN yarn install && yarn cache clean\n",
			Remediation: "end the same RUN with yarn cache clean, or mount a cache over ~/.cache/yarn",
			Controls:    []string{"cis-docker-4.3", "nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3060"),
		},

		check: yarnCache,
	})
}

// yarnCache looks at the build stages that end up in an image.
func yarnCache(p *pass) {
	for in := range p.each("RUN") {
		if !p.shipped(in) || slices.ContainsFunc(in.Mounts(), func(m syntax.Mount) bool {
			return m.Volatile() && strings.HasSuffix(m.Target, "/.cache/yarn")
		}) {
			continue
		}
		p.reportLeft(in, func(c syntax.Command) bool {
			return c.Program() == "yarn" && c.HasArg("install")
		}, func(_, c syntax.Command) bool {
			return c.Program() == "yarn" && c.HasArg("cache") && c.HasArg("clean")
		}, "cache clean")
	}
}
