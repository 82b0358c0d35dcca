package dockerfile

import (
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3006",
			Title:       "FROM must name a tag or a digest",
			Severity:    hadolintWarning,
			Why:         "Without a tag the image is whatever was pushed as latest, so that the same Dockerfile builds something else tomorrow.",
			Bad:         "FROM debian\n",
			Good:        "FROM debian:12\n",
			Remediation: "add the tag that you build against, or better a digest",
			Controls:    []string{"cis-docker-4.2", "nist-sp-800-190-4.1.5"},
			URL:         wiki("DL3006"),
		},
		check: untaggedImage,
	})
}

func untaggedImage(p *pass) {
	for _, s := range p.Stages {
		image := s.Image
		if s.Base != nil || image.Tag != "" || image.Digest != "" || image.Name == "scratch" || strings.HasPrefix(image.Name, "$") {
			continue
		}
		p.report(s.From, s.From.Args[0].Span, "image %q has neither a tag nor a digest", image.Name)
	}
}
