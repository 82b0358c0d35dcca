package dockerfile

import (
	"maps"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
)

// A request is a comment that asks for something: the key is what it asks for,
// the text that of the instruction that it asks it for, "" for the whole file.
type request struct{ key, text string }

// bare is the text of an instruction without comments and white space, which a
// change may touch without touching the instruction.
func bare(f *syntax.File, in *syntax.Instruction) string {
	var b strings.Builder
	for line := range strings.SplitSeq(f.Text(in.Span), "\n") {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") {
			continue
		}
		for _, word := range strings.Fields(line) {
			b.WriteString(word)
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// added returns which requests of a changed file its base does not have. One
// stays what it was while its instruction is the same or was edited, that is,
// the base has no such instruction and the change has not that of the base any
// more. So a comment that moves from one instruction to another is added.
func added(base, head *syntax.File, before, after []request) []bool {
	there, here := census(base, before), census(head, after)
	waiting := maps.Clone(there.asking) // of the base, without one in the change
	news := make([]bool, len(after))
	for i, r := range after {
		if news[i] = waiting[r] == 0; !news[i] {
			waiting[r]--
		}
	}
	edited := map[string]int{} // by key, those of the base whose instruction is gone
	for r, n := range waiting {
		if !here.without(r) {
			edited[r.key] += n
		}
	}
	for i, r := range after {
		if news[i] && !there.without(r) && edited[r.key] > 0 {
			edited[r.key]--
			news[i] = false
		}
	}
	return news
}

// A population is the instructions of a file, and the requests about them.
type population struct {
	texts  map[string]int
	asking map[request]int
}

func census(f *syntax.File, requests []request) population {
	p := population{texts: map[string]int{}, asking: map[request]int{}}
	for _, in := range f.Instructions {
		p.texts[bare(f, in)]++
	}
	for _, r := range requests {
		p.asking[r]++
	}
	return p
}

// without reports whether an instruction is there that a request could be
// about, and is not.
func (p population) without(r request) bool { return p.texts[r.text] > p.asking[r] }
