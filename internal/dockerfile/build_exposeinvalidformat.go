package dockerfile

import (
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/ExposeInvalidFormat",
			Title:       "EXPOSE should name ports of the container only",
			Severity:    hadolintWarning,
			Why:         "Addresses and ports of the host are ignored, and will be refused: EXPOSE publishes nothing.",
			Bad:         "FROM alpine:3.20\nEXPOSE 127.0.0.1:8080:80\n",
			Good:        "FROM alpine:3.20\nEXPOSE 80\n",
			Remediation: "name the port of the container, and publish it when the container is started",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleExposeInvalidFormat.URL,
		},
		docker: true,
		check:  exposeFormat,
	})
}

func exposeFormat(p *pass) {
	for in := range exposes(p) {
		for _, port := range in.Args {
			if strings.Contains(port.Value, ":") && !strings.Contains(port.Value, "$") && strings.Trim(port.Value[:strings.LastIndex(port.Value, ":")], ":") != "" {
				p.report(in, port.Span, "%s", linter.RuleExposeInvalidFormat.Format(port.Value))
				p.fix(edit{at: port.Span, text: port.Raw[strings.LastIndex(port.Raw, ":")+1:]})
			}
		}
	}
}
