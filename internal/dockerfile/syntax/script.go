package syntax

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	sh "mvdan.cc/sh/v3/syntax"
)

// maxScript is the size of the largest script that is read: Linux passes no
// longer argument to a program, and a script is the argument of sh -c.
const maxScript = 128 << 10

// A Script is what a RUN instruction runs.
type Script struct {
	Commands []Command // in the order in which they are written
	Pipes    []Pipe
	// Whole is false where a part of the script could not be understood; what
	// stands before that part is in the other fields.
	Whole bool
	// Open says that another command may be put behind the script with &&.
	Open bool
	// Text is the script as the shell reads it, Shell the shell's program
	// without its folder. For the exec form that is what it hands to a shell
	// with -c, and "" where it starts another program.
	Text, Shell string

	source    text
	env, args []string // names of variables
}

// Variables returns the names of the variables that ENV and ARG give to the
// script. A name may be there twice.
func (s *Script) Variables() []string { return slices.Concat(s.env, s.args) }

// Span returns where the bytes i to j of Text, j exclusive, stand in the file.
func (s *Script) Span(i, j int) Span { return s.source.span(i, j) }

// A Pipe is an operator | or |& of a script.
type Pipe struct {
	Span   Span
	Nested bool // as for Command
}

// script reads the script of a RUN instruction, or of the one within an
// ONBUILD.
func (f *File) script(in *Instruction) {
	if in.Inner != nil {
		in = in.Inner
	}
	if in.Keyword != "RUN" || len(in.Args) == 0 {
		return
	}
	r := scriptReader{file: f, in: in, script: &Script{Whole: true}}
	switch body, interpreter := f.runText(in); {
	case in.JSON:
		r.exec(in.Args)
	case interpreter == "" || !in.Shell.POSIX():
		return
	default:
		r.text(body, interpreter)
		r.read(body, false)
	}
	in.Script = r.script
}

// text sets what a shell gets to read.
func (r *scriptReader) text(t text, shell string) {
	r.script.Text, r.script.Shell, r.script.source = t.s, shell, t
	if r.in.Stage != nil {
		r.script.env, r.script.args = r.in.Stage.env, r.in.Stage.args
	}
}

// runText returns the script of the shell form: what stands on the line, the
// heredoc if there is nothing but one, or the line and all heredocs after it;
// and which shell reads it. That is "" if a heredoc names another interpreter in
// its first line.
func (f *File) runText(in *Instruction) (t text, interpreter string) {
	line := *in.Args[0].text
	if len(in.Heredocs) == 0 {
		return line, in.Shell.interpreter()
	}
	if parser.MustParseHeredoc(line.s) != nil {
		body := f.body(in.Heredocs[0])
		first, _, _ := strings.Cut(body.s, "\n")
		if named, found := strings.CutPrefix(first, "#!"); found {
			return body, shellIn(strings.Fields(named))
		}
		return body, in.Shell.interpreter()
	}
	var b builder
	b.addText(line, 0, len(line.s))
	for _, h := range in.Heredocs {
		b.add("\n", max(h.Body.Start-1, 0))
		raw := h
		raw.strip = false
		body := f.body(raw)
		b.addText(body, 0, len(body.s))
		b.add(h.Name, f.lines[h.Last-1])
	}
	return b.text(), in.Shell.interpreter()
}

// shellIn returns the first word that is a shell, without its folder, or "".
func shellIn(words []string) string {
	if i := slices.IndexFunc(words, isShell); i >= 0 {
		return program(words[i])
	}
	return ""
}

// isShell reports whether a program reads the language of the POSIX shell.
func isShell(word string) bool {
	return slices.Contains([]string{"sh", "bash", "ash", "dash", "zsh", "ksh", "mksh"}, program(word))
}

// A scriptReader collects the commands of one RUN instruction.
type scriptReader struct {
	file   *File
	in     *Instruction
	script *Script
}

// exec takes the words of the exec form as a command.
func (r *scriptReader) exec(words []Word) {
	r.add(Command{Words: words, Span: r.in.Arg()})
}

// usualCommands is how many commands of a script there is room for at first.
const usualCommands = 4

// add adds a command, and those of the script that it gives to a shell.
func (r *scriptReader) add(c Command) {
	c.program = programName(c.Name())
	if r.script.Commands == nil {
		r.script.Commands = make([]Command, 0, usualCommands)
	}
	r.script.Commands = append(r.script.Commands, c)
	if c.Nested || !isShell(c.Name()) {
		return
	}
	t := shellArgument(c.Words[1:])
	if t == nil || t.s == "" {
		return
	}
	if r.in.JSON && len(r.script.Commands) == 1 {
		r.text(*t, program(c.Name()))
	}
	r.read(*t, true)
}

// shellArgument returns the script among the arguments of a shell: what follows
// the flags, if -c is one of them. An o takes the name of an option.
func shellArgument(args []Word) *text {
	command := false
	for i := 0; i < len(args); i++ {
		flag := args[i].Value
		switch {
		case len(flag) < 2 || flag[0] != '-' && flag[0] != '+':
			if command {
				return args[i].text
			}
			return nil
		case strings.HasPrefix(flag, "--"):
			continue
		case strings.HasSuffix(flag, "o"), strings.HasSuffix(flag, "O"):
			i++
		}
		command = command || flag[0] == '-' && strings.Contains(flag, "c")
	}
	return nil
}

// read parses a script. What stands before a syntax error counts.
func (r *scriptReader) read(t text, nested bool) {
	if len(t.s) > maxScript {
		r.fail(t.span(0, len(t.s)), fmt.Sprintf("the script is larger than %d KiB, more than a shell can be given", maxScript>>10))
		return
	}
	if nested := nesting(t.s); nested > maxNesting {
		r.fail(t.span(0, len(t.s)), fmt.Sprintf("parentheses are nested more than %d deep", maxNesting))
		return
	}
	var last *sh.Stmt
	for stmt, err := range r.file.shellParser(nested).StmtsSeq(strings.NewReader(t.s)) {
		if err != nil {
			r.refused(t, err)
			return
		}
		r.walk(t, stmt, nested)
		last = stmt
	}
	if !nested {
		r.script.Open = last != nil && len(r.in.Heredocs) == 0 && goesOn(t, last)
	}
}

// goesOn reports whether && may follow a statement: nothing else does, and the
// shell waits for it.
func goesOn(t text, s *sh.Stmt) bool {
	_, end := offsets(t, s)
	return !s.Background && !s.Coprocess && !s.Semicolon.IsValid() && strings.TrimSpace(t.s[end:]) == ""
}

// shellParser returns a parser. One for each level does: a script within a
// script is parsed while the outer one is, but no deeper.
func (f *File) shellParser(nested bool) *sh.Parser {
	p := &f.parsers[0]
	if nested {
		p = &f.parsers[1]
	}
	if *p == nil {
		*p = sh.NewParser(sh.Variant(sh.LangBash))
	}
	return *p
}

// maxNesting bounds how deep parentheses may be nested: the time that the
// parser takes grows with the square of it.
const maxNesting = 1000

// nesting returns how many parentheses are open at once, at most. It does not
// look at quotes, so it is an estimate.
func nesting(s string) int {
	open, most := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			open++
			most = max(most, open)
		case ')':
			open = max(open-1, 0)
		}
	}
	return most
}

// refused records a syntax error of the shell parser.
func (r *scriptReader) refused(t text, err error) {
	at, msg := 0, err.Error()
	var parse sh.ParseError
	var lang sh.LangError
	switch {
	case errors.As(err, &parse):
		at, msg = int(parse.Pos.Offset()), parse.Text
	case errors.As(err, &lang):
		at, msg = int(lang.Pos.Offset()), lang.Feature+" is not understood"
	}
	at = min(at, max(len(t.s)-1, 0))
	r.fail(t.span(at, min(at+1, len(t.s))), msg)
}

func (r *scriptReader) fail(at Span, msg string) {
	r.script.Whole = false
	r.file.fault(Fault{Message: msg, Span: at, Script: true, In: r.in})
}
