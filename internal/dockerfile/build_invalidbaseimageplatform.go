package dockerfile

import (
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/InvalidBaseImagePlatform",
			Title:       "the platform of FROM should be one that its image has",
			Severity:    hadolintWarning,
			Why:         "The image is made for one processor: what FROM asks for is not there, and the programs of the image do not run on it.",
			Bad:         "FROM --platform=linux/amd64 arm64v8/alpine:3.20\n",
			Good:        "FROM --platform=$BUILDPLATFORM alpine:3.20\n",
			Remediation: "name the image that exists for all platforms, which is the one without the processor in its name",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         "https://docs.docker.com/reference/build-checks/",
		},
		docker: true,
		check:  platformsOfImages,
	})
}

// imagePlatforms are the users of Docker Hub whose images exist for one
// processor only, as the official images are published for it.
var imagePlatforms = map[string]string{
	"amd64": "linux/amd64", "arm32v5": "linux/arm/v5", "arm32v6": "linux/arm/v6", "arm32v7": "linux/arm/v7", "arm64v8": "linux/arm64",
	"i386": "linux/386", "mips64le": "linux/mips64le", "ppc64le": "linux/ppc64le", "riscv64": "linux/riscv64", "s390x": "linux/s390x",
	"winamd64": "windows/amd64",
}

// platformsOfImages says what can be said of the platform of an image without
// asking a registry: the builder compares what it asked for with what it got.
// Where FROM names no platform, or one that a build sets, only the caller of
// the build knows what is asked for, and FROM of a build stage takes the
// platform of that one, whatever its flag says.
func platformsOfImages(p *pass) {
	env, _ := p.globals()
	for _, s := range p.Stages {
		flag, ok := s.From.Flag("platform")
		if !ok || s.Base != nil {
			continue
		}
		asked, err := p.Substitute(flag.Value, env)
		if err != nil || len(asked.Unset) > 0 || builderSets(asked.Used) {
			continue
		}
		want, err := platforms.Parse(asked.Value)
		actual, known := imagePlatforms[hubUser(p.Expand(s.From.Args[0].Value))]
		if err != nil || !known {
			continue
		}
		if has := platforms.MustParse(actual); has.OS != want.OS || has.Architecture != want.Architecture {
			p.report(s.From, flag.Span, "%s", linter.RuleInvalidBaseImagePlatform.Format(s.From.Args[0].Value, platforms.FormatAll(want), actual))
		}
	}
}

// builderSets reports whether one of the variables has a value that a builder
// chooses.
func builderSets(names []string) bool {
	for _, name := range names {
		if strings.HasPrefix(name, "BUILD") || strings.HasPrefix(name, "TARGET") {
			return true
		}
	}
	return false
}

// hubUser returns whose image of Docker Hub a reference names, or "".
func hubUser(ref string) string {
	for _, host := range []string{"docker.io/", "index.docker.io/"} {
		ref = strings.TrimPrefix(ref, host)
	}
	user, _, _ := strings.Cut(ref, "/")
	if strings.Count(ref, "/") != 1 {
		return ""
	}
	return user
}
