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
			ID:          "DL3028",
			Title:       "gem install must pin versions",
			Severity:    hadolintWarning,
			Why:         "Without a version the build takes whatever the index has, so that two builds of one commit differ and a bad release gets in unseen.",
			Bad:         "FROM ruby:3.3\nRUN gem install bundler\n",
			Good:        "FROM ruby:3.3\nRUN gem install bundler:2.5.22\n",
			Remediation: "write GEM:VERSION, or add --version",
			Controls:    []string{"cis-docker-4.11", "nist-sp-800-190-4.1.1"},
			URL:         wiki("DL3028"),
		},

		check: func(p *pass) {
			for in := range p.each("RUN") {
				p.reportWords(in, unpinnedGems(in), "gem installs %s without a version")
			}
		},
	})
}

func unpinnedGems(in *syntax.Instruction) arguments {
	var unpinned arguments
	for c := range calls(in, "gem") {
		if c.HasFlag("v", "version") {
			continue
		}
		for _, w := range installed(beforeDashes(c), gemValued, "install", "i") {
			if !strings.Contains(w.Value, ":") && !strings.HasSuffix(w.Value, ".gem") {
				unpinned = append(unpinned, w)
			}
		}
	}
	return unpinned
}

// beforeDashes drops what gem passes on to the build of an extension.
func beforeDashes(c syntax.Command) syntax.Command {
	if i := slices.IndexFunc(c.Words, func(w syntax.Word) bool { return w.Value == "--" }); i > 0 {
		c.Words = c.Words[:i]
	}
	return c
}

// gemValued are the flags of gem whose value is the next argument.
var gemValued = []string{"i", "install-dir", "n", "bindir", "P", "trust-policy", "s", "source", "platform", "http-proxy", "p"}
