package dockerfile

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
)

// A pragma is a comment that asks for rules to be ignored:
//
//	# hadolint ignore=DL3008,DL3015    in the instruction on the next line
//	# hadolint stage ignore=DL3008     in the build stage that begins next
//	# hadolint global ignore=DL3008    in the file
type pragma struct {
	scope    string // "", "stage" or "global"
	rules    []string
	line     int
	from, to int // the lines on which the instructions that it is about begin
	used     int // how many findings it suppressed
	fault    string
}

var (
	pragmaForm = regexp.MustCompile(`^hadolint\s+(?:(global|stage)\s+)?ignore\s*=\s*([^#]*)(?:#.*)?$`)
	ruleID     = regexp.MustCompile(`^(?:(?:DL|SC|PC)\d{4}|build/[A-Za-z]+)$`)
)

// pragmas reads the pragmas of a file. A list that holds anything but ids of
// rules has no effect at all, as with hadolint.
func pragmas(f *syntax.File) []*pragma {
	var all []*pragma
	for _, c := range f.Comments {
		m := pragmaForm.FindStringSubmatch(c.Text)
		if m == nil {
			continue
		}
		p := &pragma{scope: m[1], line: c.Line}
		for id := range strings.SplitSeq(m[2], ",") {
			id = strings.TrimSpace(id)
			p.rules = append(p.rules, id)
			if !ruleID.MatchString(id) && p.fault == "" {
				p.fault = fmt.Sprintf("%q is not the id of a rule", id)
			}
		}
		p.place(f)
		all = append(all, p)
	}
	return all
}

// place finds out which instructions the pragma is about.
func (p *pragma) place(f *syntax.File) {
	begin := func(in *syntax.Instruction) int { return f.Range(in.Span).Line }
	next, _ := slices.BinarySearchFunc(f.Instructions, p.line, func(in *syntax.Instruction, line int) int {
		return cmp.Compare(begin(in), line)
	})
	switch {
	case p.scope == "global":
		p.from, p.to = 1, math.MaxInt
	case next == len(f.Instructions):
		p.blame("no instruction follows")
	case p.scope == "stage":
		in := f.Instructions[next]
		if in.Keyword != "FROM" || in.Stage == nil {
			p.blame("the next instruction is not a FROM")
			return
		}
		p.from, p.to = begin(in), math.MaxInt
		if after := in.Stage.Index + 1; after < len(f.Stages) {
			p.to = begin(f.Stages[after].From) - 1
		}
	case begin(f.Instructions[next]) != p.line+1:
		p.blame("no instruction begins on the next line")
	default:
		p.from, p.to = p.line+1, p.line+1
	}
}

func (p *pragma) blame(fault string) {
	if p.fault == "" {
		p.fault = fault
	}
}

// covers reports whether the pragma suppresses a finding.
func (p *pragma) covers(f finding) bool {
	return p.fault == "" && p.from <= f.instruction && f.instruction <= p.to && slices.Contains(p.rules, f.Rule)
}

// suppress drops the findings that pragmas cover.
func suppress(found []finding, all []*pragma) []finding {
	if len(all) == 0 {
		return found
	}
	return slices.DeleteFunc(found, func(f finding) bool {
		if registry[f.Rule].mandatory {
			return false
		}
		suppressed := false
		for _, p := range all {
			if p.covers(f) {
				p.used++
				suppressed = true
			}
		}
		return suppressed
	})
}

// note says what the pragma did.
func (p *pragma) note(path string, disabled bool) string {
	what := "hadolint " + p.scope + " ignore="
	if p.scope == "" {
		what = "hadolint ignore="
	}
	what += strings.Join(p.rules, ",")
	switch {
	case disabled:
		return fmt.Sprintf("%s:%d: %q is not honoured: the configuration forbids it", path, p.line, what)
	case p.fault != "":
		return fmt.Sprintf("%s:%d: %q has no effect: %s", path, p.line, what, p.fault)
	}
	return fmt.Sprintf("%s:%d: %q suppressed %d of the findings", path, p.line, what, p.used)
}
