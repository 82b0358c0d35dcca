package dockerfile

import (
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3018",
			Title:       "apk add must pin versions",
			Severity:    hadolintWarning,
			Why:         "Without a version the build takes whatever the repository has, so that two builds of one commit differ and a bad release gets in unseen.",
			Bad:         "FROM alpine:3.20\nRUN apk add --no-cache curl\n",
			Good:        "FROM alpine:3.20\nRUN apk add --no-cache curl=8.9.1-r1\n",
			Remediation: "write PACKAGE=VERSION, or PACKAGE~VERSION to allow patches",
			Controls:    []string{"cis-docker-4.11", "nist-sp-800-190-4.1.1"},
			URL:         wiki("DL3018"),
		},
		check: func(p *pass) {
			for in := range p.each("RUN") {
				p.reportWords(in, unpinnedApkPackages(in), "apk installs %s without a version")
			}
		},
	})
}

func unpinnedApkPackages(in *syntax.Instruction) arguments {
	var unpinned arguments
	for c := range calls(in, "apk") {
		if !c.HasArg("add") {
			continue
		}
		for _, w := range c.Operands(apkValued...) {
			if w.Value != "add" && !strings.ContainsAny(w.Value, "=~<>") && !strings.HasSuffix(w.Value, ".apk") {
				unpinned = append(unpinned, w)
			}
		}
	}
	return unpinned
}
