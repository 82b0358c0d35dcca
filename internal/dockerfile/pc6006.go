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
			ID:          "PC6006",
			Title:       "the final build stage must not run as root because nothing says USER",
			Severity:    gate.Medium,
			Why:         "Without USER the container runs as the user of its base image, which is root here; a process that breaks out is root on the host as well.",
			Bad:         "FROM alpine:3.22\nCOPY app /app\nCMD [\"/app\"]\n",
			Good:        "FROM alpine:3.22\nCOPY app /app\nUSER 10001\nCMD [\"/app\"]\n",
			Remediation: "end the build stage with USER and the number of an unprivileged user",
			Controls:    []string{"cis-docker-4.1", "nist-sp-800-190-4.1.2"},
			URL:         "https://docs.docker.com/build/building/best-practices/#user",
		},
		check: rootByInheritance,
	})
}

// rootImages are images whose user is known to be root: systems and languages
// among the official images of Docker Hub. Servers are left out: many drop
// their rights by themselves.
var rootImages = strings.Fields(`
	scratch alpine debian ubuntu busybox fedora centos rockylinux almalinux amazonlinux oraclelinux archlinux photon
	buildpack-deps gcc golang rust node python pypy ruby perl openjdk eclipse-temurin amazoncorretto sapmachine maven gradle
	erlang elixir haskell julia swift dart clojure bash mono`)

// dropsRights are programs by which an entry point changes its user.
var dropsRights = []string{"gosu", "su-exec", "setpriv", "runuser", "s6-setuidgid", "chpst", "tini-user"}

// rootByInheritance looks only at an image that says what it runs: others are
// for building on, or hold files and are never started.
func rootByInheritance(p *pass) {
	if len(p.Stages) == 0 {
		return
	}
	final := p.Stages[len(p.Stages)-1]
	starts := false
	root := final
	for s := final; s != nil; s = s.Base {
		root = s
		for _, in := range s.Instructions {
			switch {
			case in.Keyword == "USER" || in.Refused || mentions(in, dropsRights):
				return
			case in.Keyword == "CMD" || in.Keyword == "ENTRYPOINT":
				starts = true
			}
		}
	}
	name, _ := p.officialImage(root)
	if starts && slices.Contains(rootImages, name) {
		p.report(final.From, final.From.Args[0].Span, "no USER in the final build stage: %q runs as root", final.From.Args[0].Value)
	}
}

func mentions(in *syntax.Instruction, programs []string) bool {
	return slices.ContainsFunc(programs, func(name string) bool { return strings.Contains(in.Text, name) })
}

// officialImage returns name and tag of the official image of Docker Hub that a
// build stage starts from, with the defaults of variables; "" if it is another.
func (p *pass) officialImage(s *syntax.BuildStage) (name, tag string) {
	ref, _, _ := strings.Cut(p.Expand(s.From.Args[0].Value), "@")
	for _, prefix := range []string{"docker.io/", "index.docker.io/", "library/"} {
		ref = strings.TrimPrefix(ref, prefix)
	}
	if s.Base != nil || strings.ContainsAny(ref, "/$") {
		return "", ""
	}
	name, tag, _ = strings.Cut(ref, ":")
	return name, tag
}
