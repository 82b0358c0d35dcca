package dockerfile

import (
	"maps"
	"slices"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3049",
			Title:       "an image must have the labels of the schema",
			Severity:    hadolintInfo,
			Why:         "Who finds a vulnerable image in a cluster needs its labels to know whose it is and what it was made from.",
			Bad:         "FROM alpine:3.20\nLABEL org.opencontainers.image.vendor=acme\n",
			Good:        "FROM alpine:3.20\nLABEL org.opencontainers.image.title=shop\n",
			Remediation: "add the label, or take it out of dockerfile.labels",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3049"),
		},
		check: missingLabels,
	})
}

// missingLabels reports the build stages that end up in an image without a
// label: those that no other build stage copies from, or builds on to add it.
func missingLabels(p *pass) {
	missing := make([]arguments, len(p.Stages))
	for _, label := range slices.Sorted(maps.Keys(p.settings.labels)) {
		has := make([]bool, len(p.Stages))
		for _, s := range p.Stages {
			has[s.Index] = s.Base != nil && has[s.Base.Index] || slices.ContainsFunc(s.Instructions, func(in *syntax.Instruction) bool {
				return in.Keyword == "LABEL" && slices.ContainsFunc(in.Pairs, func(pair syntax.Pair) bool { return pair.Key == label })
			})
		}
		needless := p.copied()
		for _, s := range slices.Backward(p.Stages) {
			if s.Base != nil && (has[s.Index] || needless[s.Index]) {
				needless[s.Base.Index] = true
			}
			if !has[s.Index] && !needless[s.Index] {
				missing[s.Index] = append(missing[s.Index], syntax.Word{Value: label, Span: s.From.Name})
			}
		}
	}
	for i, labels := range missing {
		p.reportWords(p.Stages[i].From, labels, "the image has no label %s")
	}
}

// copied returns the build stages that others take files from, by their index.
func (p *pass) copied() []bool {
	copied := make([]bool, len(p.Stages))
	mark := func(in *syntax.Instruction, ref string) {
		if s := p.Earlier(in, ref); s != nil {
			copied[s.Index] = true
		}
	}
	for in := range p.each("COPY", "RUN") {
		from, _ := in.Flag("from")
		mark(in, from.Value)
		for _, m := range in.Mounts() {
			mark(in, m.From)
		}
	}
	return copied
}
