package syntax

import (
	"slices"
	"strings"
)

// An Instruction is one instruction of a Dockerfile.
type Instruction struct {
	Keyword string // in upper case
	Name    Span   // the keyword as it is written
	Span    Span   // the whole instruction, heredocs included
	Flags   []Flag
	// Args are the words after the flags, as BuildKit takes them apart for this
	// keyword. The shell form of RUN, CMD and ENTRYPOINT is one word, and so is
	// the argument of USER and WORKDIR.
	Args     []Word
	JSON     bool // the arguments are a JSON array
	Pairs    []Pair
	Heredocs []Heredoc
	// Script is the shell script of a RUN; nil for other instructions and where
	// the shell is one that is not understood, such as PowerShell.
	Script *Script
	Shell  Shell // what runs the shell form at this place
	// Stage is the build stage that the instruction is in; nil before the first.
	Stage *BuildStage
	// Outer is the ONBUILD instruction around this one, Inner what an ONBUILD
	// instruction will do.
	Outer, Inner *Instruction
	Refused      bool // BuildKit does not accept it; see File.Faults
	// Text is the instruction on one line, without comments and heredocs.
	Text string

	index int // in File.Instructions
}

// A Flag is an option of an instruction, such as --from=build.
type Flag struct {
	Name  string // "from"
	Value string
	Span  Span
}

// A Pair is a name with its value in ENV, LABEL and ARG.
type Pair struct {
	Key, Value string // without quotes
	HasValue   bool   // false: an ARG without a default
	Span       Span
}

// Flag returns the first flag of a name, and whether there is one.
func (in *Instruction) Flag(name string) (Flag, bool) {
	i := slices.IndexFunc(in.Flags, func(f Flag) bool { return f.Name == name })
	if i < 0 {
		return Flag{}, false
	}
	return in.Flags[i], true
}

// Arg returns the span of the arguments, from the first to the last, or the
// keyword's where there are none.
func (in *Instruction) Arg() Span {
	if len(in.Args) == 0 {
		return in.Name
	}
	return Span{Start: in.Args[0].Span.Start, End: in.Args[len(in.Args)-1].Span.End}
}

// A Mount is a --mount flag of RUN.
type Mount struct {
	Type   string // "bind" where none is given
	Target string // without a slash at its end
	From   string
	Span   Span
}

// Volatile reports whether what is written to the mount stays out of the layer.
func (m Mount) Volatile() bool { return m.Type == "cache" || m.Type == "tmpfs" }

// Mounts returns the mounts of a RUN instruction.
func (in *Instruction) Mounts() []Mount {
	var mounts []Mount
	for _, f := range in.Flags {
		if f.Name != "mount" {
			continue
		}
		m := Mount{Type: "bind", Span: f.Span}
		for _, field := range strings.Split(f.Value, ",") {
			key, value, _ := strings.Cut(field, "=")
			switch strings.ToLower(strings.TrimSpace(key)) {
			case "type":
				m.Type = value
			case "target", "dst", "destination":
				m.Target = "/" + strings.Trim(value, "/")
			case "from":
				m.From = value
			}
		}
		mounts = append(mounts, m)
	}
	return mounts
}

// cutFlags splits off the words that begin with two dashes. It goes by bytes
// and not by characters because BuildKit does so.
func cutFlags(t text, escape byte) ([]Flag, text) {
	var flags []Flag
	for i := 0; i < len(t.s); {
		if isLatin1Space(t.s[i]) {
			i++
			continue
		}
		if !strings.HasPrefix(t.s[i:], "--") {
			return flags, t.slice(i, len(t.s))
		}
		word, end := flagWord(t.s, i, escape)
		if word == "--" {
			return flags, t.slice(end, len(t.s)).trimSpace()
		}
		name, value, _ := strings.Cut(strings.TrimPrefix(word, "--"), "=")
		flags = append(flags, Flag{Name: name, Value: value, Span: t.span(i, end)})
		i = end
	}
	return flags, t.slice(len(t.s), len(t.s))
}

// flagWord returns the word that starts at i, without quotes, and where it ends.
func flagWord(s string, i int, escape byte) (string, int) {
	var b strings.Builder
	quote := byte(0)
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case quote == 0 && isLatin1Space(c):
			return b.String(), i
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote != 0 && c == quote:
			quote = 0
		case c == escape:
			if i++; i < len(s) {
				b.WriteByte(s[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), len(s)
}

func isLatin1Space(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' || c == 0x85 || c == 0xa0 }
