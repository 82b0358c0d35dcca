package dockerfile

import (
	"strconv"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3014",
			Title:       "apt-get install must not ask",
			Severity:    hadolintWarning,
			Why:         "Nobody can answer during a build: without -y the installation stops at its question.",
			Bad:         "FROM debian:12\nRUN apt-get install curl=7.88.1-10\n",
			Good:        "FROM debian:12\nRUN apt-get install -y curl=7.88.1-10\n",
			Remediation: "add -y",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3014"),
		},

		check: askingAptGet,
	})
}

func askingAptGet(p *pass) {
	asks := func(c syntax.Command) bool {
		return c.Program() == "apt-get" && c.HasArg("install") && !answersYes(c)
	}
	for in := range p.each("RUN") {
		for c := range calls(in, "apt-get") {
			if asks(c) {
				p.report(in, c.Span, "%q asks before it installs", shorten(c.String()))
				p.insertFlag(in, "-y", "install", asks)
				break
			}
		}
	}
}

// answersYes reports whether apt-get is told to go on, or to be so quiet that
// it does.
func answersYes(c syntax.Command) bool {
	quiet := 0
	for _, o := range c.Options(aptValued...) {
		switch level, err := strconv.Atoi(o.Value); {
		case o.Name == "y", o.Name == "yes", o.Name == "assume-yes":
			return true
		case o.Name != "q" && o.Name != "quiet":
		case err == nil:
			quiet = level
		default:
			quiet++
		}
	}
	return quiet >= 2
}
