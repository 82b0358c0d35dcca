package syntax

import (
	"slices"
	"strings"

	sh "mvdan.cc/sh/v3/syntax"
)

// A Command is one simple command of a script.
type Command struct {
	Words  []Word // the program and its arguments; redirections are left out
	Env    []Pair // the assignments in front
	Span   Span
	Nested bool // it stands in an argument of another command: sh -c '…'

	program string // what Program returns
}

// Name returns the program as it is written, without quotes.
func (c Command) Name() string { return c.Words[0].Value }

// String returns the program and its arguments as they are written, on one
// line.
func (c Command) String() string {
	raw := make([]string, len(c.Words))
	for i, w := range c.Words {
		raw[i] = w.Raw
	}
	return strings.Join(raw, " ")
}

// Program returns the name without one of the folders in which systems keep
// their programs: "apt-get" also for /usr/bin/apt-get.
func (c Command) Program() string { return c.program }

// programName is the name of a program without a folder of the system.
func programName(name string) string {
	if !strings.HasPrefix(name, "/") {
		return name
	}
	for _, dir := range []string{"/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/", "/usr/local/bin/"} {
		if rest, ok := strings.CutPrefix(name, dir); ok && !strings.Contains(rest, "/") {
			return rest
		}
	}
	return name
}

// Args returns the words after the program.
func (c Command) Args() []Word { return c.Words[1:] }

// HasArg reports whether one of the arguments is one of these.
func (c Command) HasArg(args ...string) bool {
	return slices.ContainsFunc(c.Args(), func(w Word) bool { return slices.Contains(args, w.Value) })
}

// An Option is one flag of a command: -y of "-yq", --target=/x.
type Option struct {
	Name  string // without dashes
	Value string // of the forms --name=value, -xvalue and, where it takes the next argument, --name value
	Word  Word   // the argument that holds it
}

// Options returns the flags, and Operands the other arguments, where the flags
// named in valued take a value.
func (c Command) Options(valued ...string) []Option {
	var options []Option
	c.arguments(valued, func(o Option) bool {
		options = append(options, o)
		return true
	}, func(Word) {})
	return options
}

// Operands returns the arguments that are neither flags nor values of the flags
// named in valued.
func (c Command) Operands(valued ...string) []Word {
	operands := make([]Word, 0, len(c.Args()))
	c.arguments(valued, func(Option) bool { return true }, func(w Word) { operands = append(operands, w) })
	return operands
}

// HasFlag reports whether one of these flags is given, whatever its value.
func (c Command) HasFlag(names ...string) bool {
	found := false
	c.arguments(nil, func(o Option) bool {
		found = slices.Contains(names, o.Name)
		return !found
	}, func(Word) {})
	return found
}

// arguments takes the arguments apart as getopt does, until option returns
// false.
func (c Command) arguments(valued []string, option func(Option) bool, operand func(Word)) {
	args := c.Args()
	for i := 0; i < len(args); i++ {
		w := args[i]
		next := "" // what an option takes if its value is not in the same word
		if i+1 < len(args) {
			next = args[i+1].Value
		}
		long, isLong := strings.CutPrefix(w.Value, "--")
		switch {
		case w.Value == "--":
			for _, w := range args[i+1:] {
				operand(w)
			}
			return
		case isLong:
			name, value, inline := strings.Cut(long, "=")
			if !inline && slices.Contains(valued, name) {
				value = next
				i++
			}
			if !option(Option{Name: name, Value: value, Word: w}) {
				return
			}
		case len(w.Value) > 1 && w.Value[0] == '-':
			takesNext, more := shortOptions(w, next, valued, option)
			if !more {
				return
			}
			if takesNext {
				i++
			}
		default:
			operand(w)
		}
	}
}

// shortOptions takes a cluster such as -yqt apart. A letter that takes a value
// ends it, and so does an equals sign.
func shortOptions(w Word, next string, valued []string, option func(Option) bool) (takesNext, more bool) {
	cluster := w.Value[1:]
	for i := range len(cluster) {
		o := Option{Name: cluster[i : i+1], Word: w}
		rest := cluster[i+1:]
		switch {
		case slices.Contains(valued, o.Name) && rest == "":
			o.Value = next
			return true, option(o)
		case slices.Contains(valued, o.Name), strings.HasPrefix(rest, "="):
			o.Value = strings.TrimPrefix(rest, "=")
			return false, option(o)
		}
		if !option(o) {
			return false, false
		}
	}
	return false, true
}

// walk collects the commands and pipes of a statement, then those of the
// scripts that it feeds to shells.
func (r *scriptReader) walk(t text, stmt *sh.Stmt, nested bool) {
	var inputs []text
	sh.Walk(stmt, func(n sh.Node) bool {
		switch n := n.(type) {
		case *sh.Stmt:
			if input, ok := shellInput(t, n); ok && !nested {
				inputs = append(inputs, input)
			}
		case *sh.CallExpr:
			if len(n.Args) > 0 {
				c := Command{Span: nodeSpan(t, n), Nested: nested, Env: assigns(t, n.Assigns)}
				c.Words = make([]Word, 0, len(n.Args))
				for _, w := range n.Args {
					c.Words = append(c.Words, shellWord(t, w))
				}
				r.add(c)
			}
		case *sh.DeclClause:
			r.add(declaration(t, n, nested))
		case *sh.BinaryCmd:
			if n.Op == sh.Pipe || n.Op == sh.PipeAll {
				at := int(n.OpPos.Offset())
				r.script.Pipes = append(r.script.Pipes, Pipe{Span: t.span(at, at+len(n.Op.String())), Nested: nested})
			}
		}
		return true
	})
	for _, input := range inputs {
		r.read(input, true)
	}
}

// shellInput returns the heredoc that a statement gives to a shell as its
// script, as in bash <<EOF.
func shellInput(t text, stmt *sh.Stmt) (text, bool) {
	call, ok := stmt.Cmd.(*sh.CallExpr)
	if !ok || len(call.Args) == 0 || !isShell(shellWord(t, call.Args[0]).Value) {
		return text{}, false
	}
	for _, w := range call.Args[1:] {
		if flag := shellWord(t, w).Value; !strings.HasPrefix(flag, "-") || strings.HasSuffix(flag, "c") {
			return text{}, false // the script is somewhere else
		}
	}
	for _, redirect := range stmt.Redirs {
		if redirect.Hdoc != nil {
			i, _ := offsets(t, redirect.Hdoc)
			return t.slice(i, terminator(t.s, i, shellWord(t, redirect.Word).Value)), true
		}
	}
	return text{}, false
}

// terminator returns where the line that ends a heredoc begins. The parser's
// own end of the document is too late where leading tabs are dropped.
func terminator(s string, i int, name string) int {
	for line := range strings.Lines(s[i:]) {
		if strings.Trim(line, "\t\n") == name {
			break
		}
		i += len(line)
	}
	return i
}

// declaration returns export, declare and the like as the command that it is.
func declaration(t text, n *sh.DeclClause, nested bool) Command {
	c := Command{Span: nodeSpan(t, n), Nested: nested}
	at := int(n.Variant.Pos().Offset())
	c.Words = append(c.Words, Word{Raw: n.Variant.Value, Value: n.Variant.Value, Span: t.span(at, at+len(n.Variant.Value))})
	for _, a := range n.Args {
		i, j := offsets(t, a)
		c.Words = append(c.Words, Word{Raw: t.s[i:j], Value: strings.Trim(t.s[i:j], `'"`), Span: t.span(i, j)})
	}
	if n.Variant.Value == "export" {
		c.Env = assigns(t, n.Args)
	}
	return c
}

func assigns(t text, list []*sh.Assign) []Pair {
	var pairs []Pair
	for _, a := range list {
		if a.Name == nil {
			continue
		}
		p := Pair{Key: a.Name.Value, HasValue: !a.Naked, Span: nodeSpan(t, a)}
		if a.Value != nil {
			p.Value = shellWord(t, a.Value).Value
		}
		pairs = append(pairs, p)
	}
	return pairs
}

// offsets returns where a node starts and ends, within the text.
func offsets(t text, n sh.Node) (int, int) {
	i := min(int(n.Pos().Offset()), len(t.s))
	return i, max(i, min(int(n.End().Offset()), len(t.s)))
}

func nodeSpan(t text, n sh.Node) Span {
	i, j := offsets(t, n)
	return t.span(i, j)
}

// shellWord returns a word of a script. Expansions in it stay as they are
// written.
func shellWord(t text, w *sh.Word) Word {
	i, j := offsets(t, w)
	word := Word{Raw: t.s[i:j], Value: t.s[i:j], Span: t.span(i, j)}
	if !strings.ContainsAny(word.Raw, `'"\`) {
		return word
	}
	var b builder
	b.add("", word.Span.Start)
	b.addParts(t, w.Parts, false)
	value := b.text()
	word.text, word.Value = &value, value.s
	return word
}

// addParts appends what the parts of a shell word say, without their quotes.
func (b *builder) addParts(t text, parts []sh.WordPart, quoted bool) {
	for _, part := range parts {
		i, j := offsets(t, part)
		switch n := part.(type) {
		case *sh.Lit:
			b.addUnescaped(t, i, j, quoted)
		case *sh.SglQuoted:
			b.addText(t, i+strings.IndexByte(t.s[i:], '\'')+1, j-1)
		case *sh.DblQuoted:
			b.addParts(t, n.Parts, true)
		default:
			b.addText(t, i, j)
		}
	}
}

// addUnescaped appends a literal without the backslashes that escape something:
// any character outside quotes, a few inside.
func (b *builder) addUnescaped(t text, i, j int, quoted bool) {
	start := i
	for ; i+1 < j; i++ {
		if t.s[i] != '\\' || quoted && strings.IndexByte("\"\\$`\n", t.s[i+1]) < 0 {
			continue
		}
		b.addText(t, start, i)
		start, i = i+1, i+1
		if t.s[i] == '\n' {
			start++
		}
	}
	b.addText(t, start, j)
}
