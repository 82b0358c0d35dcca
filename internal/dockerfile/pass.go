package dockerfile

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/moby/patternmatcher"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A pass is one rule at work on one file.
type pass struct {
	*syntax.File
	rule     *rule
	settings settings
	found    *[]finding
	secrets  []secret // in the file: no finding may show them

	// What several findings need is found out once.
	global    *globals // what FROM may use
	folders   map[*syntax.Instruction]string
	needLists *int // offset of the last RUN that needs package lists it does not fetch
}

// settings are the options that rules look at.
type settings struct {
	trustedRegistries []string
	labels            map[string]string // name to type
	strictLabels      bool
	ignored           func() *patternmatcher.PatternMatcher // what the builder does not get
	ignoreFile        func() bool                           // whether there is a .dockerignore, readable or not
	now               func() time.Time
}

// A finding is a gate.Finding with the line that pragmas know it by.
type finding struct {
	gate.Finding
	instruction int    // first line of the instruction
	same        string // as for rule
}

// report adds a finding about a part of an instruction. A rule reports an
// instruction once, at the first fault, and names all of them.
func (p *pass) report(in *syntax.Instruction, at syntax.Span, format string, args ...any) {
	if in.Outer != nil {
		in = in.Outer
	}
	*p.found = append(*p.found, finding{
		Finding: gate.Finding{
			Rule:      p.rule.ID,
			Severity:  p.rule.Severity,
			Layer:     p.rule.Layer,
			Title:     p.rule.Title,
			Message:   redact(fmt.Sprintf(format, args...), p.secrets),
			Hint:      p.rule.Remediation,
			URL:       p.rule.URL,
			Location:  gate.Location{Range: p.Range(at), Object: redact(object(in), p.secrets)},
			Sensitive: sensitive(in) || p.holdsSecret(in),
			Controls:  p.rule.Controls,
		},
		instruction: p.Range(in.Span).Line,
		same:        p.rule.same,
	})
}

// object is the text of an instruction as a finding names it. Of ARG and ENV
// it has only the names: a value may be a secret.
func object(in *syntax.Instruction) string {
	switch {
	case in.Inner != nil:
		return shorten(in.Keyword + " " + object(in.Inner))
	case len(in.Pairs) == 0 || in.Keyword == "LABEL":
		return shorten(in.Text)
	}
	names := make([]string, len(in.Pairs))
	for i, pair := range in.Pairs {
		names[i] = pair.Key
	}
	return shorten(in.Keyword + " " + strings.Join(names, " "))
}

// sensitive reports whether the line of an instruction may hold the value of a
// secret, so that no report may show it.
func sensitive(in *syntax.Instruction) bool {
	return in.Inner != nil && sensitive(in.Inner) ||
		slices.ContainsFunc(in.Pairs, func(pair syntax.Pair) bool { return secretName(pair.Key) })
}

// holdsSecret reports whether one of the secrets of the file is in an
// instruction.
func (p *pass) holdsSecret(in *syntax.Instruction) bool {
	return slices.ContainsFunc(p.secrets, func(s secret) bool { return in.Span.Start <= s.span.Start && s.span.End <= in.Span.End })
}

// maxObject is the length of a finding's object, in characters.
const maxObject = 80

// oddInLine reports whether a character is not one that a line shows as it is.
func oddInLine(r rune) bool { return r != ' ' && unicode.IsSpace(r) || r == unicode.ReplacementChar }

// shorten makes an instruction fit on a line, with single blanks.
func shorten(s string) string {
	if len(s) > 8*maxObject {
		s = s[:8*maxObject]
	}
	if len(s) <= maxObject && !strings.ContainsFunc(s, oddInLine) && !strings.Contains(s, "  ") {
		return strings.Clone(strings.Trim(s, " ")) // a part would keep the whole file
	}
	b := make([]byte, 0, min(len(s), 2*maxObject))
	n, cut, blank := 0, 0, false // characters in b; where the last but one that fits ends
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case r == utf8.RuneError && size == 1:
			continue
		case unicode.IsSpace(r):
			blank = n > 0
			continue
		case blank:
			b, n, blank = append(b, ' '), n+1, false
			if n == maxObject-1 {
				cut = len(b)
			}
		}
		if n >= maxObject {
			return string(b[:cut]) + "…"
		}
		b, n = utf8.AppendRune(b, r), n+1
		if n == maxObject-1 {
			cut = len(b)
		}
	}
	return string(b)
}

// reportFault adds a finding about something that could not be understood.
func (p *pass) reportFault(f syntax.Fault) {
	in := f.In
	if in == nil {
		line, _, _ := strings.Cut(p.Text(f.Span), "\n")
		keyword, rest, _ := strings.Cut(line, " ")
		in = &syntax.Instruction{Keyword: keyword, Span: f.Span, Text: line}
		if secretName(rest) {
			in.Pairs = []syntax.Pair{{Key: "secret", Span: f.Span}}
			f.Message = "BuildKit refuses the instruction" // its own message quotes it
		}
	}
	p.report(in, f.Span, "%s", f.Message)
}
