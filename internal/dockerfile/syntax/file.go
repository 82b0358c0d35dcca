package syntax

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	sh "mvdan.cc/sh/v3/syntax"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// MaxSize is the size of the largest Dockerfile that is read.
const MaxSize = 1 << 20

// A File is a Dockerfile that was read. It is not changed after Parse.
type File struct {
	source
	Instructions []*Instruction // in file order; see Instruction.Inner for ONBUILD
	Stages       []*BuildStage
	Comments     []Comment // those that stand between instructions, in order
	// Faults say what of the file could not be understood, in file order.
	// Everything else of it is in the fields above all the same.
	Faults []Fault
	// Check is the parser directive "check" of the file, without its name; its
	// line is 0 where there is none.
	Check Comment

	escape  byte
	refused map[int]bool           // lines that BuildKit's parser does not take
	args    map[string]Variable    // ARG before the first FROM
	byName  map[string]*BuildStage // the last of a name so far
	firstOf map[string]*BuildStage // the first of a name
	fromEnv []Values               // what FROM may use, for each of targets that was asked for
	shell   string                 // what a "hadolint shell=" comment before the first FROM says
	seen    int                    // comments that shellComment has looked at
	parsers [2]*sh.Parser
}

// A Comment is a line that begins with a number sign.
type Comment struct {
	Text string // after the number sign, without blanks around it
	Line int
	Span Span
}

// A Fault is something that could not be understood.
type Fault struct {
	Message string
	Span    Span
	Script  bool         // it is in a shell script, and not in the Dockerfile's own language
	In      *Instruction // nil where not even the instruction could be read
}

// An UnreadableError says why nothing of a file could be parsed.
type UnreadableError struct {
	Reason string
	Range  gate.Range
}

// Error returns the reason.
func (e *UnreadableError) Error() string { return e.Reason }

// Parse reads a Dockerfile. It returns an error only where there is nothing to
// read: the file is too large, or not UTF-8 text. What BuildKit refuses is in
// File.Faults.
func Parse(b []byte) (*File, error) {
	if len(b) > MaxSize {
		return nil, &UnreadableError{Reason: fmt.Sprintf("larger than the limit of %d KiB for a Dockerfile", MaxSize>>10)}
	}
	if err := checkText(b); err != nil {
		return nil, err
	}
	f := &File{
		source:  newSource(string(bytes.TrimPrefix(b, []byte("\ufeff")))),
		refused: map[int]bool{},
		args:    map[string]Variable{},
		byName:  map[string]*BuildStage{},
		firstOf: map[string]*BuildStage{},
	}
	if value, _, at, ok := parser.ParseDirective("check", []byte(f.src)); ok && len(at) > 0 {
		f.Check = Comment{Text: value, Line: at[0].Start.Line}
	}
	f.parse()
	return f, nil
}

// checkText refuses what an editor would show differently from what a builder
// reads.
func checkText(b []byte) error {
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		return &UnreadableError{Reason: "encoded as UTF-16, want UTF-8", Range: gate.Range{Line: 1, Column: 1}}
	}
	bad, reason := bytes.IndexByte(b, 0), "a NUL byte, want UTF-8 text"
	for i := 0; i < len(b) && (bad < 0 || i < bad); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			bad, reason = i, fmt.Sprintf("byte %#02x is not valid UTF-8", b[i])
			break
		}
		i += n
	}
	if bad < 0 {
		return nil
	}
	s := newSource(string(b))
	return &UnreadableError{Reason: reason, Range: s.Range(Span{Start: bad, End: bad})}
}
