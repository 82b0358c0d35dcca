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
			ID:          "DL3013",
			Title:       "pip install must pin versions",
			Severity:    hadolintWarning,
			Why:         "Without a version the build takes whatever the index has, so that two builds of one commit differ and a bad release gets in unseen.",
			Bad:         "FROM python:3.12\nRUN pip install --no-cache-dir requests\n",
			Good:        "FROM python:3.12\nRUN pip install --no-cache-dir requests==2.32.3\n",
			Remediation: "write PACKAGE==VERSION, or install from a requirements file",
			Controls:    []string{"cis-docker-4.11", "nist-sp-800-190-4.1.1"},
			URL:         wiki("DL3013"),
		},

		check: func(p *pass) {
			for in := range p.each("RUN") {
				p.reportWords(in, unpinnedPipPackages(in), "pip installs %s without a version")
			}
		},
	})
}

func unpinnedPipPackages(in *syntax.Instruction) arguments {
	if in.Script == nil {
		return nil
	}
	var unpinned arguments
	for _, c := range in.Script.Commands {
		if !isPipInstall(c) && c.Program() != "pipx" || versionsElsewhere(c) {
			continue
		}
		for _, w := range installed(c, pipValued, "install") {
			if !pinnedPip(w.Value) {
				unpinned = append(unpinned, w)
			}
		}
	}
	return unpinned
}

// versionsElsewhere reports whether the versions are in another file, or the
// package is the one of this folder.
func versionsElsewhere(c syntax.Command) bool {
	return c.HasArg(".") || slices.ContainsFunc(c.Options(pipValued...), func(o syntax.Option) bool {
		return slices.Contains([]string{"r", "requirement", "c", "constraint"}, o.Name)
	})
}

// pinnedPip reports whether a requirement has a version, is a file or folder,
// or a commit of a repository.
func pinnedPip(req string) bool {
	if _, url, ok := strings.Cut(req, "+"); ok && strings.Contains(url, "://") {
		_, path, _ := strings.Cut(url[strings.Index(url, "://")+3:], "/")
		return strings.Contains(path, "@")
	}
	for _, operator := range []string{"==", ">=", "<=", "!=", "~=", ">", "<"} {
		if strings.Contains(req, operator) {
			return true
		}
	}
	return strings.HasPrefix(req, ".") || strings.Contains(req, "/") || strings.HasSuffix(req, ".whl") || strings.HasSuffix(req, ".tar.gz")
}
