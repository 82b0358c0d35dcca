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
			ID:          "DL3042",
			Title:       "pip install must not keep its cache",
			Severity:    hadolintWarning,
			Why:         "The cache stays in the layer, makes the image larger and is never used again.",
			Bad:         "FROM python:3.12\nRUN pip install requests==2.32.3\n",
			Good:        "FROM python:3.12\nRUN pip install --no-cache-dir requests==2.32.3\n",
			Remediation: "add --no-cache-dir, set PIP_NO_CACHE_DIR=1, or mount a cache over ~/.cache/pip",
			Controls:    []string{"cis-docker-4.3", "nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3042"),
		},
		check: pipCache,
	})
}

func pipCache(p *pass) {
	for in := range p.each("RUN") {
		if in.Script == nil {
			continue
		}
		off := pipCacheOff(in)
		keeps := func(c syntax.Command) bool {
			return isPipInstall(c) && !c.HasFlag("no-cache-dir") && !noCache(c.Env, off)
		}
		for _, c := range in.Script.Commands {
			if keeps(c) {
				p.report(in, c.Span, "the cache of pip stays in the image after %q", shorten(c.String()))
				p.insertFlag(in, "--no-cache-dir", "install", keeps)
				break
			}
		}
	}
}

// pipCacheOff reports whether something outside the command keeps the cache
// out of the image: a mount, a variable of the build stage, or an export.
func pipCacheOff(in *syntax.Instruction) bool {
	for _, m := range in.Mounts() {
		if m.Volatile() && strings.HasSuffix(m.Target, "/.cache/pip") {
			return true
		}
	}
	v, _ := in.Lookup(pipNoCache)
	off := truthy(v.Value)
	for c := range calls(in, "export") {
		off = noCache(c.Env, off)
	}
	return off
}

const pipNoCache = "PIP_NO_CACHE_DIR"

// noCache returns what assignments say about the cache, or else what was said
// before.
func noCache(env []syntax.Pair, before bool) bool {
	for _, p := range env {
		if p.Key == pipNoCache && p.HasValue {
			before = truthy(p.Value)
		}
	}
	return before
}

// truthy reports whether pip takes a value for yes.
func truthy(value string) bool {
	return slices.Contains([]string{"1", "on", "true", "yes", "y", "t"}, strings.ToLower(value))
}
