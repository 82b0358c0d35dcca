package dockerfile

import (
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
)

// reportLabels reports each LABEL in which labels that the schema gives this
// type, or any type where it is "", have another value than the type takes.
// What is not valid there is told by the format.
func (p *pass) reportLabels(kind string, valid func(string) bool, format string) {
	for in := range p.each("LABEL") {
		var wrong arguments
		for _, pair := range in.Pairs {
			want, listed := p.settings.labels[pair.Key]
			if !listed || kind != "" && want != kind || p.decidedByBuild(pair) || valid(pair.Value) {
				continue
			}
			wrong = append(wrong, syntax.Word{Value: pair.Key + "=" + pair.Value, Span: pair.Span})
		}
		p.reportWords(in, wrong, format)
	}
}

// decidedByBuild reports whether a value has a variable in it, so that only a
// build knows what it will be.
func (p *pass) decidedByBuild(pair syntax.Pair) bool {
	raw := p.Text(pair.Span)
	if before, value, ok := strings.Cut(raw, "="); ok && !strings.ContainsAny(before, " \t") {
		raw = value
	}
	if strings.HasPrefix(raw, "'") {
		return false
	}
	for _, m := range reference.FindAllStringSubmatch(raw, -1) {
		if m[1]+m[2] != "" {
			return true
		}
	}
	return false
}
