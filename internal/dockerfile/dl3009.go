package dockerfile

import (
	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3009",
			Title:       "RUN must delete the apt lists that it fetched",
			Severity:    hadolintInfo,
			Why:         "The package lists stay in the layer, cost tens of megabytes and are out of date by the time anybody uses them.",
			Bad:         "FROM debian:12\nRUN apt-get update && apt-get install -y curl=7.88.1-10\n",
			Good:        "FROM debian:12\nRUN apt-get update && apt-get install -y curl=7.88.1-10 && rm -rf /var/lib/apt/lists/*\n",
			Remediation: "end the same RUN with rm -rf /var/lib/apt/lists/*, or mount a cache over the lists",
			Controls:    []string{"cis-docker-4.3", "nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3009"),
		},
		check: aptListsLeft,
	})
}

func aptListsLeft(p *pass) {
	for in := range p.each("RUN") {
		if !p.shipped(in) {
			continue
		}
		for c := range calls(in, "apt-get", "apt", "aptitude") {
			if c.HasArg("update") && !deletesAptLists(in) && !aptListsMounted(in) {
				p.report(in, c.Span, "%q leaves its package lists in the image", c.Name()+" update")
				p.fixAptLists(in)
				break
			}
		}
	}
}

func deletesAptLists(in *syntax.Instruction) bool {
	for c := range calls(in, "rm") {
		recursive := c.HasFlag("r", "R", "recursive") && c.HasFlag("f", "force")
		if recursive && c.HasArg("/var/lib/apt/lists/*", "/var/lib/apt/lists/", "/var/lib/apt/lists") {
			return true
		}
	}
	return false
}

// aptListsMounted reports whether the lists, or both folders that apt writes
// to, are mounts and so no part of the layer.
func aptListsMounted(in *syntax.Instruction) bool {
	return volatile(in, "/var/lib/apt/lists") || volatile(in, "/var/lib/apt") && volatile(in, "/var/cache/apt")
}
