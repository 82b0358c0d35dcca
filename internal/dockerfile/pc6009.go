package dockerfile

import (
	"path"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "PC6009",
			Title:       "an image that takes the whole context needs a .dockerignore",
			Severity:    gate.Medium,
			Why:         "Everything that lies beside the source ends up in the image: .git with its history, .env files, keys and what other builds left.",
			Bad:         "FROM node:22\nCOPY . /app\n",
			Good:        "FROM node:22\nCOPY package.json server.js /app/\n",
			Remediation: "add a .dockerignore that leaves out .git and local files, or name what the image needs",
			Controls:    []string{"cis-docker-4.10", "nist-sp-800-190-4.1.4"},
			URL:         "https://docs.docker.com/build/building/best-practices/#exclude-with-dockerignore",
		},
		check: wholeContext,
	})
}

// wholeContext looks only at build stages that end up in an image, and once a
// file: the others throw away what nobody copies out of them.
func wholeContext(p *pass) {
	for _, in := range p.Instructions {
		if p.copiesContext(in) && p.shipped(in) && !p.settings.ignoreFile() {
			p.report(in, in.Args[0].Span, "%q copies all that is in the context, and no .dockerignore leaves anything out", shorten(in.Text))
			return
		}
	}
}

// hasIgnoreFile reports whether there is a file that says what of the context
// the builder gets. The context of a build may be any folder above the
// Dockerfile.
func (s *Stage) hasIgnoreFile(name string) bool {
	files := []string{name + ".dockerignore", name + ".containerignore"}
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		files = append(files, path.Join(dir, ".dockerignore"), path.Join(dir, ".containerignore"))
		if dir == "." || dir == "/" {
			break
		}
	}
	for _, file := range files {
		if _, err := s.options.Tree.ReadFile(file); err == nil {
			return true
		}
	}
	return false
}
