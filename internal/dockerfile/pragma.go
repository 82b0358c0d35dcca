package dockerfile

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A pragma is a comment that asks for rules to be ignored:
//
//	# hadolint ignore=DL3008,DL3015    in the instruction on the next line
//	# hadolint stage ignore=DL3008     in the build stage that begins next
//	# hadolint global ignore=DL3008    in the file
//	# shellcheck disable=SC2086        in the instruction on the next line, or around it
//	# check=skip=StageNameCasing       in the file, at its top, or in the next instruction
type pragma struct {
	form  string // what stands before the rules
	scope string // "", "stage" or "global"
	rules []string
	line  int
	begin int                 // line of the instruction or FROM that it is about; 0: the file
	about *syntax.Instruction // that it is about; nil: the file
	fault string
	added bool // the change adds it

	used  int           // how many findings it suppressed
	worst gate.Severity // of them
	kept  []string      // rules that it may not suppress and that found something
}

var (
	pragmaForm  = regexp.MustCompile(`^hadolint\s+(?:(global|stage)\s+)?ignore\s*=\s*([^#]*)(?:#.*)?$`)
	disableForm = regexp.MustCompile(`^shellcheck\s+(?:[a-z-]+=\S+\s+)*disable=(\S*)`)
	ruleID      = regexp.MustCompile(`^(?:(?:DL|SC|PC)\d{4}|build/[A-Za-z]+)$`)
)

// pragmas reads the pragmas of a file. A list that holds anything but ids of
// rules has no effect at all, as with hadolint.
func pragmas(f *syntax.File) []*pragma {
	var all []*pragma
	for _, c := range f.Comments {
		if p := checkPragma(f, c); p != nil {
			all = append(all, p)
		} else if p := newPragma(c); p != nil {
			p.place(f)
			all = append(all, p)
		}
	}
	for _, in := range f.Instructions {
		for _, c := range f.CommentsIn(in) {
			if p := newPragma(c); p != nil && p.form == shellDisable {
				p.begin, p.about = f.Range(in.Span).Line, in
				all = append(all, p)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *pragma) int { return cmp.Compare(a.line, b.line) })
	return all
}

// shellDisable is how a pragma of ShellCheck begins.
const shellDisable = "shellcheck disable="

// newPragma returns the pragma in a comment, or nil.
func newPragma(c syntax.Comment) *pragma {
	p := &pragma{line: c.Line}
	list := ""
	if m := pragmaForm.FindStringSubmatch(c.Text); m != nil {
		p.form, p.scope, list = "hadolint ignore=", m[1], m[2]
		if p.scope != "" {
			p.form = "hadolint " + p.scope + " ignore="
		}
	} else if m := disableForm.FindStringSubmatch(c.Text); m != nil {
		p.form, list = shellDisable, m[1]
	} else {
		return nil
	}
	for id := range strings.SplitSeq(list, ",") {
		id = strings.TrimSpace(id)
		p.rules = append(p.rules, id)
		if !ruleID.MatchString(id) {
			p.blame(fmt.Sprintf("%q is not the id of a rule", id))
		} else if p.form == shellDisable && !strings.HasPrefix(id, shellRule.ID) {
			p.blame(fmt.Sprintf("%q is not a check of ShellCheck", id))
		}
	}
	return p
}

// place finds out which instructions the pragma is about.
func (p *pragma) place(f *syntax.File) {
	begin := func(in *syntax.Instruction) int { return f.Range(in.Span).Line }
	next, _ := slices.BinarySearchFunc(f.Instructions, p.line, func(in *syntax.Instruction, line int) int {
		return cmp.Compare(begin(in), line)
	})
	switch {
	case p.scope == "global":
	case next == len(f.Instructions):
		p.blame("no instruction follows")
	case p.scope == "stage":
		in := f.Instructions[next]
		p.begin, p.about = begin(in), in
		if in.Keyword != "FROM" || in.Stage == nil {
			p.blame("the next instruction is not a FROM")
		}
	case begin(f.Instructions[next]) != p.line+1:
		p.blame("no instruction begins on the next line")
	default:
		p.begin, p.about = p.line+1, f.Instructions[next]
	}
}

func (p *pragma) blame(fault string) {
	if p.fault == "" {
		p.fault = fault
	}
}

// A claim is what a pragma suppresses: a rule in the instruction that begins on
// a line, in the build stage whose FROM does, or, with line 0, in the file.
type claim struct {
	rule, scope string
	line        int
}

// suppress drops the findings that pragmas cover. Where several do, the
// narrowest counts it, and of several alike the first. Those of mandatory rules
// stay.
func suppress(found []finding, f *syntax.File, all []*pragma, mandatory ...string) []finding {
	claims := map[claim]*pragma{}
	for _, p := range slices.Backward(all) {
		for _, id := range p.rules {
			if p.fault == "" {
				claims[claim{rule: id, scope: p.scope, line: p.begin}] = p
			}
		}
	}
	stages := make([]int, len(f.Stages))
	for i, s := range f.Stages {
		stages[i] = f.Range(s.From.Span).Line
	}
	return slices.DeleteFunc(found, func(x finding) bool {
		stage := 0 // where the build stage of the finding begins
		if i, exact := slices.BinarySearch(stages, x.instruction); exact {
			stage = stages[i]
		} else if i > 0 {
			stage = stages[i-1]
		}
		p := cmp.Or(
			claims[claim{rule: x.Rule, line: x.instruction}],
			claims[claim{rule: x.Rule, scope: "stage", line: stage}],
			claims[claim{rule: x.Rule, scope: "global"}],
		)
		switch {
		case p == nil:
			return false
		case registry[x.Rule].mandatory, slices.Contains(mandatory, x.Rule):
			p.kept = append(p.kept, x.Rule)
			return false
		}
		p.used++
		p.worst = max(p.worst, x.Severity)
		return true
	})
}

// note says what the pragma did.
func (p *pragma) note(path string, disabled bool) string {
	what := shorten(p.form + strings.Join(p.rules, ","))
	switch {
	case disabled:
		return fmt.Sprintf("%s:%d: %q is not honoured: the configuration forbids it", path, p.line, what)
	case p.fault != "":
		return fmt.Sprintf("%s:%d: %q has no effect: %s", path, p.line, what, p.fault)
	}
	note := fmt.Sprintf("%s:%d: %q suppressed %d of the findings", path, p.line, what, p.used)
	if len(p.kept) > 0 {
		note += fmt.Sprintf(", and none of %s, which is mandatory", strings.Join(slices.Compact(p.kept), ", "))
	}
	return note
}
