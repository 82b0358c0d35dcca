package dockerfile

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

// An edit puts a text in the place of a part of the file.
type edit struct {
	at   syntax.Span
	text string
}

// after is the edit that inserts a text behind a word.
func after(w syntax.Word, text string) edit {
	return edit{at: syntax.Span{Start: w.Span.End, End: w.Span.End}, text: text}
}

// fix gives the finding that was reported last a fix: the lines that the edits
// change, as they are then. The edits must not overlap. They are all that the
// instruction needs to be right, and nobody has to choose: where that is not
// so, a finding has no fix.
func (p *pass) fix(edits ...edit) {
	f := &(*p.found)[len(*p.found)-1]
	if len(edits) == 0 || f.Sensitive {
		return
	}
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(a.at.Start, b.at.Start) })
	first := p.Range(edits[0].at).Line
	last := p.Range(edits[len(edits)-1].at).EndLine
	lines := p.Lines(first, last)
	var b strings.Builder
	at := lines.Start
	for _, e := range edits {
		if e.at.Start < at || e.at.End > lines.End {
			return
		}
		b.WriteString(p.Text(syntax.Span{Start: at, End: e.at.Start}) + e.text)
		at = e.at.End
	}
	b.WriteString(p.Text(syntax.Span{Start: at, End: lines.End}))
	f.Fix = &gate.Fix{StartLine: first, EndLine: last, Replacement: b.String()}
}

// insertFlag fixes the finding that was reported last by a flag behind the
// subcommand of each command that needs it.
func (p *pass) insertFlag(in *syntax.Instruction, flag, subcommand string, needs func(syntax.Command) bool) {
	if in.JSON {
		return // an array takes another word, not a longer one
	}
	var edits []edit
	for _, c := range in.Script.Commands {
		if !needs(c) {
			continue
		}
		i := slices.IndexFunc(c.Words, func(w syntax.Word) bool { return w.Raw == subcommand })
		if i < 0 {
			return
		}
		edits = append(edits, after(c.Words[i], " "+flag))
	}
	p.fix(edits...)
}

// fixPlatform removes the platform from FROM.
func (p *pass) fixPlatform(from *syntax.Instruction, platform syntax.Flag) {
	if len(from.Flags) == 1 {
		p.fix(edit{at: syntax.Span{Start: platform.Span.Start, End: from.Args[0].Span.Start}})
	}
}

// simpleCommand is a program with its arguments, none of which means anything
// to a shell.
var simpleCommand = regexp.MustCompile(`^[A-Za-z0-9_./+-]+(?: [A-Za-z0-9_./:=@%+,-]+)*$`)

// fixCommand writes CMD or ENTRYPOINT as an array. A program of a shell stays
// one, and so does a CMD whose words become arguments of an ENTRYPOINT.
func (p *pass) fixCommand(in *syntax.Instruction) {
	command := shellForm(in)
	if in.Shell.Set != nil || in.Stage == nil || len(command) != 1 || !simpleCommand.MatchString(command[0].Raw) {
		return
	}
	entrypoint := slices.ContainsFunc(in.Stage.Instructions, func(other *syntax.Instruction) bool { return other.Keyword == "ENTRYPOINT" })
	words := strings.Fields(command[0].Raw)
	if slices.Contains(shellWords, words[0]) || entrypoint && in.Keyword == "CMD" || in.Stage.Base != nil {
		return
	}
	p.fix(edit{at: command[0].Span, text: `["` + strings.Join(words, `", "`) + `"]`})
}

// shellWords are commands that only a shell knows.
var shellWords = []string{"exec", "cd", "set", "export", "source", ".", "eval", "ulimit", "umask", "wait", "trap", "exit", "if", "while", "for"}

// legacyValue is a value that means the same between quotes and without.
var legacyValue = regexp.MustCompile(`^[^\s"'\\` + "`" + `](?:[^"'\\` + "`" + `\n]*[^\s"'\\` + "`" + `])?$`)

// fixLegacyPair puts an equals sign between a name and its value.
func (p *pass) fixLegacyPair(in *syntax.Instruction) {
	if len(in.Args) < 2 || p.Range(in.Arg()).Line != p.Range(in.Arg()).EndLine || in.Args[0].Raw != in.Args[0].Value {
		return
	}
	at := syntax.Span{Start: in.Args[0].Span.End, End: in.Arg().End}
	value := strings.TrimSpace(p.Text(at))
	switch {
	case !legacyValue.MatchString(value):
		return
	case strings.ContainsAny(value, " \t"):
		value = `"` + value + `"`
	}
	p.fix(edit{at: at, text: "=" + value})
}

// fixMaintainer makes a label of MAINTAINER.
func (p *pass) fixMaintainer(in *syntax.Instruction) {
	if len(in.Args) != 1 || strings.ContainsAny(in.Args[0].Value, "\"\\`$") {
		return
	}
	whole := syntax.Span{Start: in.Name.Start, End: in.Args[0].Span.End}
	p.fix(edit{at: whole, text: `LABEL org.opencontainers.image.authors="` + in.Args[0].Value + `"`})
}
