package dockerfile

import (
	"slices"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3059",
			Title:       "RUN instructions in a row should be one",
			Severity:    hadolintInfo,
			Why:         "Each RUN is a layer of its own: what a later one deletes stays in the image, and the build has more steps to cache.",
			Bad:         "FROM alpine:3.20\nRUN mkdir /app\nRUN touch /app/ready\n",
			Good:        "FROM alpine:3.20\nRUN mkdir /app && touch /app/ready\n",
			Remediation: "join the commands with && in one RUN",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3059"),
		},
		check: consecutiveRuns,
	})
}

// consecutiveRuns leaves alone a RUN that joins commands already, and one whose
// flags differ from those of its neighbour: somebody thought about them.
func consecutiveRuns(p *pass) {
	var before *syntax.Instruction
	for _, in := range p.Instructions {
		if in.Keyword != "RUN" {
			before = nil
			continue
		}
		if before != nil && single(before) && single(in) && slices.EqualFunc(before.Flags, in.Flags, sameFlag) {
			p.report(in, in.Name, "%q could be part of the RUN before it", shorten(in.Text))
		}
		before = in
	}
}

// single reports whether an instruction runs one command at most. What a
// shell runs that is not understood cannot be counted.
func single(in *syntax.Instruction) bool {
	if in.Script == nil {
		return false
	}
	n := 0
	for _, c := range in.Script.Commands {
		if !c.Nested {
			n++
		}
	}
	return n <= 1 && in.Script.Whole
}

func sameFlag(a, b syntax.Flag) bool { return a.Name == b.Name && a.Value == b.Value }
