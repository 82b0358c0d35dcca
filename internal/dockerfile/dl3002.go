package dockerfile

import (
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3002",
			Title:       "the last USER of a build stage must not be root",
			Severity:    hadolintWarning,
			Why:         "A process that runs as root and breaks out of its container is root on the host as well.",
			Bad:         "FROM alpine:3.20\nUSER root\nCMD [\"/app\"]\n",
			Good:        "FROM alpine:3.20\nUSER root\nRUN adduser -D app\nUSER app\nCMD [\"/app\"]\n",
			Remediation: "change to an unprivileged user after the last instruction that needs root",
			Controls:    []string{"cis-docker-4.1", "nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3002"),
		},
		check: lastUserRoot,
	})
}

func lastUserRoot(p *pass) {
	for _, stage := range p.Stages {
		for _, instructions := range sequences(stage) {
			var last *syntax.Instruction
			for _, in := range instructions {
				if in.Keyword == "USER" && len(in.Args) > 0 {
					last = in
				}
			}
			if last == nil {
				continue
			}
			user, _, _ := strings.Cut(last.Args[0].Value, ":")
			if user == "root" || user == "0" {
				p.report(last, last.Args[0].Span, "the last USER of the build stage is %q", last.Args[0].Value)
			}
		}
	}
}
