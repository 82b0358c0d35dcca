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
			ID:          "PC6014",
			Title:       "the caches of package managers should not stay in the image",
			Severity:    gate.Low,
			Why:         "What was fetched is installed already: the copy in the cache makes the image larger, and nothing reads it.",
			Bad:         "FROM continuumio/miniconda3:24.9.2-0\nRUN conda install -y numpy=2.1\n",
			Good:        "FROM continuumio/miniconda3:24.9.2-0\nRUN conda install -y numpy=2.1 && conda clean -afy\n",
			Remediation: "clean the cache in the same RUN, or mount it with --mount=type=cache",
			Controls:    []string{"cis-docker-4.3", "nist-sp-800-190-4.1.2"},
			URL:         "https://docs.docker.com/build/cache/optimize/#use-cache-mounts",
		},
		check: packageCaches,
	})
}

// A packageCache is what a package manager leaves behind that none of hadolint's
// rules is about.
type packageCache struct {
	programs []string
	fetches  []string // subcommands, or flags
	cleans   []string // of the same program; each is enough
	off      []string // flags of the program that use no cache
	dirs     []string // ends of folders that hold it
}

var leftCaches = []packageCache{
	{
		programs: []string{"npm"}, fetches: []string{"ci", "install", "i"}, cleans: []string{"cache"},
		dirs: []string{"/.npm", "/.npm/_cacache"},
	},
	{
		programs: []string{"conda", "mamba", "micromamba"}, fetches: []string{"install", "create", "update", "env"}, cleans: []string{"clean"},
		dirs: []string{"/conda/pkgs", "/miniconda3/pkgs"},
	},
	{
		programs: []string{"pacman"}, fetches: []string{"-S", "-Sy", "-Syu", "-Su", "-Syyu"}, cleans: []string{"-Scc", "-Sc"},
		dirs: []string{"/var/cache/pacman", "/var/cache/pacman/pkg"},
	},
	{
		programs: []string{"tdnf"}, fetches: []string{"install", "update", "upgrade"}, cleans: []string{"clean"},
		dirs: []string{"/var/cache/tdnf"},
	},
	{
		programs: []string{"composer"}, fetches: []string{"install", "require", "update"}, cleans: []string{"clear-cache", "clearcache", "cc"},
		off: []string{"no-cache"}, dirs: []string{"/.composer/cache", "/.cache/composer", "/tmp/cache"},
	},
}

// packageCaches looks at the build stages that end up in an image.
func packageCaches(p *pass) {
	for in := range p.each("RUN") {
		if in.Script == nil || !p.shipped(in) {
			continue
		}
		for _, c := range leftCaches {
			if c.mounted(in) {
				continue
			}
			p.reportLeft(in, c.leaves, c.cleaned, "")
		}
	}
}

// mounted reports whether the cache is no part of the layer.
func (k packageCache) mounted(in *syntax.Instruction) bool {
	return slices.ContainsFunc(in.Mounts(), func(m syntax.Mount) bool { return m.Volatile() && k.holds(m.Target) })
}

func (k packageCache) holds(path string) bool {
	path = strings.TrimSuffix(strings.TrimSuffix(path, "/*"), "/")
	return slices.ContainsFunc(k.dirs, func(dir string) bool { return strings.HasSuffix(path, dir) })
}

func (k packageCache) leaves(c syntax.Command) bool {
	return slices.Contains(k.programs, c.Program()) && c.HasArg(k.fetches...) && !c.HasFlag(k.off...) && !c.HasArg(k.cleans...)
}

func (k packageCache) cleaned(left, c syntax.Command) bool {
	if c.Program() == "rm" {
		return c.HasFlag("r", "R", "recursive") && slices.ContainsFunc(c.Operands(), func(w syntax.Word) bool { return k.holds(w.Value) })
	}
	return c.Program() == left.Program() && c.HasArg(k.cleans...)
}
