package dockerfile

import (
	"strings"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "PC6011",
			Title:       "base images must still be supported",
			Severity:    gate.Medium,
			Why:         "Nobody mends new vulnerabilities of a release whose support has ended, and scanners no longer hear of them.",
			Bad:         "FROM debian:10\n",
			Good:        "FROM debian:13\n",
			Remediation: "move to a release that is supported, the newest if nothing stands against it",
			Controls:    []string{"cis-docker-4.4", "nist-sp-800-190-4.1.1"},
			URL:         "https://docs.docker.com/build/building/best-practices/#choose-the-right-base-image",
		},
		check: unsupportedImages,
	})
}

func unsupportedImages(p *pass) {
	for _, s := range p.Stages {
		name, tag := p.officialImage(s)
		if day, ok := endOfSupport(name, tag); ok && !p.settings.now().Before(day.AddDate(0, 0, 1)) {
			p.report(s.From, s.From.Args[0].Span, "%s:%s has had no support since %s", name, tag, day.Format(time.DateOnly))
		}
	}
}

// endOfSupport returns the last day on which the release that a tag names is
// supported; false where the table does not know.
func endOfSupport(name, tag string) (time.Time, bool) {
	const longest = 20                     // of the releases
	release, _, _ := strings.Cut(tag, "-") // 3.20-slim, bookworm-20260101
	releases, known := supportEnds[name]
	for known && release != "" && len(release) <= longest {
		if day, ok := releases[release]; ok {
			at, err := time.Parse(time.DateOnly, day)
			return at, err == nil
		}
		i := strings.LastIndexByte(release, '.') // 3.20.1 is a 3.20
		release = release[:max(i, 0)]
	}
	return time.Time{}, false
}
