package dockerfile

import (
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "PC6001",
			Title:       "FROM should name the digest of its image",
			Severity:    gate.Low,
			Why:         "A tag can be pushed again, so the same Dockerfile builds on something else tomorrow; a digest cannot. Off by default: a severity in the configuration switches it on.",
			Bad:         "FROM debian:12\n",
			Good:        "FROM debian:12@sha256:3d868b5eb908155f3784317b3dda2941df87bbbbaa4608f84881de66d9bb297b\n",
			Remediation: "append the digest that docker buildx imagetools inspect shows, and let a bot renew it",
			Controls:    []string{"cis-docker-4.2", "nist-sp-800-190-4.1.5"},
			URL:         "https://docs.docker.com/build/building/best-practices/#pin-base-image-versions",
		},
		off:   true, // nearly every Dockerfile has a tag: teams decide to pin digests as a whole
		check: movingImages,
	})
}

// movingImages leaves to DL3006 and DL3007 what has no tag or the tag latest,
// and to the caller of the build what a variable names.
func movingImages(p *pass) {
	for _, s := range p.Stages {
		image := s.Image
		if s.Base != nil || image.Digest != "" || image.Tag == "" || image.Tag == "latest" || strings.Contains(s.From.Args[0].Value, "$") {
			continue
		}
		p.report(s.From, s.From.Args[0].Span, "image %q has a tag, which may move, and no digest", s.From.Args[0].Value)
	}
}
