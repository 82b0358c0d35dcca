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
			ID:          "DL3016",
			Title:       "npm install must pin versions",
			Severity:    hadolintWarning,
			Why:         "Without a version the build takes whatever the index has, so that two builds of one commit differ and a bad release gets in unseen.",
			Bad:         "FROM node:22\nRUN npm install express\n",
			Good:        "FROM node:22\nRUN npm install express@4.21.0\n",
			Remediation: "write PACKAGE@VERSION, or install from package-lock.json with npm ci",
			Controls:    []string{"cis-docker-4.11", "nist-sp-800-190-4.1.1"},
			URL:         wiki("DL3016"),
		},

		check: func(p *pass) {
			for in := range p.each("RUN") {
				p.reportWords(in, unpinnedNpmPackages(in), "npm installs %s without a version")
			}
		},
	})
}

func unpinnedNpmPackages(in *syntax.Instruction) arguments {
	var unpinned arguments
	for c := range calls(in, "npm") {
		operands := c.Operands(npmValued...)
		if len(operands) == 0 || operands[0].Value != "install" {
			continue // npm run install-tools install
		}
		for _, w := range operands[1:] {
			if !pinnedNpm(w.Value) {
				unpinned = append(unpinned, w)
			}
		}
	}
	return unpinned
}

// pinnedNpm reports whether a package has a version, which for a repository is
// what follows the number sign, or is an archive or a folder.
func pinnedNpm(spec string) bool {
	starts := func(prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(spec, p) })
	}
	ends := func(suffixes ...string) bool {
		return slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(spec, s) })
	}
	switch {
	case starts("git+", "git:", "github:", "gitlab:", "bitbucket:"):
		return strings.Contains(spec, "#")
	case starts("/", "./", "../", "~/", "file:"), ends(".tar", ".tar.gz", ".tgz"):
		return true
	}
	return strings.Contains(strings.TrimPrefix(spec, "@"), "@")
}
