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
