package dockerfile

import (
	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3019",
			Title:       "apk add must not keep its index",
			Severity:    hadolintInfo,
			Why:         "The index of packages stays in the layer, makes the image larger and is out of date by the time anybody uses it.",
			Bad:         "FROM alpine:3.20\nRUN apk add curl=8.9.1-r1\n",
			Good:        "FROM alpine:3.20\nRUN apk add --no-cache curl=8.9.1-r1\n",
			Remediation: "add --no-cache, or mount a cache over /var/cache/apk",
			Controls:    []string{"cis-docker-4.3", "nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3019"),
		},

		check: apkCache,
	})
}

func apkCache(p *pass) {
	keeps := func(c syntax.Command) bool {
		return c.Program() == "apk" && c.HasArg("add") && !c.HasFlag("no-cache")
	}
	for in := range p.each("RUN") {
		for c := range calls(in, "apk") {
			if keeps(c) && !volatile(in, "/var/cache/apk") {
				p.report(in, c.Span, "%q keeps its index in the image", shorten(c.String()))
				p.insertFlag(in, "--no-cache", "add", keeps)
				break
			}
		}
	}
}
