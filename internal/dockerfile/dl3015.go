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
			ID:          "DL3015",
			Title:       "apt-get install must leave out recommended packages",
			Severity:    hadolintInfo,
			Why:         "Recommended packages are installed without being needed; each makes the image larger and easier to attack.",
			Bad:         "FROM debian:12\nRUN apt-get install -y curl=7.88.1-10\n",
			Good:        "FROM debian:12\nRUN apt-get install -y --no-install-recommends curl=7.88.1-10\n",
			Remediation: "add --no-install-recommends",
			Controls:    []string{"cis-docker-4.3", "nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3015"),
		},
		check: recommendedPackages,
	})
}

func recommendedPackages(p *pass) {
	takes := func(c syntax.Command) bool {
		return c.Program() == "apt-get" && c.HasArg("install") && !leavesOutRecommended(c)
	}
	for in := range p.each("RUN") {
		for c := range calls(in, "apt-get") {
			if takes(c) {
				p.report(in, c.Span, "%q takes recommended packages along", "apt-get install")
				p.insertFlag(in, "--no-install-recommends", "install", takes)
				break
			}
		}
	}
}

func leavesOutRecommended(c syntax.Command) bool {
	return c.HasFlag("no-install-recommends") || slices.ContainsFunc(c.Args(), func(w syntax.Word) bool {
		_, value, found := strings.Cut(w.Value, "APT::Install-Recommends=")
		return found && slices.Contains([]string{"false", "no", "0", "off", "disable"}, strings.ToLower(value))
	})
}
