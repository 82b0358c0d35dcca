package helm

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template/parse"
)

// The functions that a printed template calls; see [program.functions].
const (
	tickFunc  = "portcullis_tick"  // ends the rendering when a limit is reached
	weighFunc = "portcullis_weigh" // refuses values that would take too much to write out
	cleanFunc = "portcullis_clean" // takes marks out of a string
	markFunc  = "portcullis_mark"  // marks the output of an action
	guardFunc = "portcullis_guard" // prints the template that tpl is about to run
	reserved  = "portcullis_"
)

// A printer writes a template down again with calls in it that change nothing of
// its output: a tick before every action, so that whatever loops can be ended,
// and, if marks is not nil, marks that tell where each line of the output comes
// from. Everything stays on its line, so that the engine's errors name the right
// one, but for blocks within other actions.
type printer struct {
	b      strings.Builder
	file   string
	text   string
	breaks []int // offsets of the line breaks of the text
	lines  int   // that were written
	marks  *marks
}

// instrument prints the template text of a file. A text that cannot be parsed is
// returned as it is: Helm's engine has the right words for it.
func instrument(file, text string, m *marks) string {
	root := parse.New(file)
	root.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	if _, err := root.Parse(text, "", "", trees); err != nil {
		return text
	}
	p := &printer{file: file, text: text, marks: m}
	for i := range len(text) {
		if text[i] == '\n' {
			p.breaks = append(p.breaks, i)
		}
	}
	defined := slices.Collect(maps.Keys(trees))
	slices.SortFunc(defined, func(a, b string) int {
		return cmp.Or(cmp.Compare(trees[a].Root.Pos, trees[b].Root.Pos), strings.Compare(a, b))
	})
	defined = slices.DeleteFunc(defined, func(name string) bool { return name == file })
	define := func(before parse.Pos) {
		for len(defined) > 0 && trees[defined[0]].Root.Pos < before {
			p.define(defined[0], trees[defined[0]].Root)
			defined = defined[1:]
		}
	}
	if tree := trees[file]; tree != nil {
		p.open(tree.Root)
		for _, n := range tree.Root.Nodes {
			define(n.Position())
			p.node(n)
		}
	}
	define(parse.Pos(len(text) + 1))
	return p.b.String()
}

// write writes what may have line breaks.
func (p *printer) write(s string) {
	p.lines += strings.Count(s, "\n")
	p.b.WriteString(s)
}

// at goes on to the line of an offset of the text, in a comment.
func (p *printer) at(pos parse.Pos) {
	line, _ := slices.BinarySearch(p.breaks, int(pos))
	if n := line - p.lines; n > 0 {
		p.write("{{/*" + strings.Repeat("\n", n) + "*/}}")
	}
}

func (p *printer) define(name string, body *parse.ListNode) {
	p.at(body.Pos)
	p.write(fmt.Sprintf("{{define %q}}", name))
	p.open(body)
	p.list(body)
	p.b.WriteString("{{end}}")
}

// open begins a whole template. An empty one stays empty: it does not take the
// place of another of its name.
func (p *printer) open(list *parse.ListNode) {
	if !parse.IsEmptyTree(list) {
		p.tick()
	}
}

func (p *printer) tick() { p.b.WriteString("{{" + tickFunc + "}}") }

func (p *printer) list(list *parse.ListNode) {
	if list == nil {
		return
	}
	for _, n := range list.Nodes {
		p.node(n)
	}
}

func (p *printer) node(n parse.Node) {
	p.at(n.Position())
	switch n := n.(type) {
	case *parse.TextNode:
		p.literal(n)
	case *parse.ActionNode:
		p.action(n)
	case *parse.IfNode:
		p.branch("if", &n.BranchNode)
	case *parse.RangeNode:
		p.branch("range", &n.BranchNode)
	case *parse.WithNode:
		p.branch("with", &n.BranchNode)
	case *parse.TemplateNode:
		p.tick()
		p.write(fmt.Sprintf("{{template %q", n.Name))
		if n.Pipe != nil {
			p.write(" " + p.pipe(n.Pipe))
		}
		p.b.WriteString("}}")
	default: // break and continue
		p.b.WriteString(n.String())
	}
}

// literal prints text. A brace at its end would make one with what follows.
func (p *printer) literal(n *parse.TextNode) {
	text := n.Text
	if p.marks != nil {
		text = p.marks.text(p.file, p.text, int(n.Pos), text)
	}
	whole := bytes.TrimRight(text, "{")
	p.write(string(whole))
	for range len(text) - len(whole) {
		p.b.WriteString(`{{"{"}}`)
	}
}

func (p *printer) action(n *parse.ActionNode) {
	p.tick()
	code := p.pipe(n.Pipe)
	switch {
	case len(n.Pipe.Decl) > 0:
	case p.marks != nil:
		code = fmt.Sprintf("%s | %s %d", code, markFunc, p.marks.add(piece{file: p.file, start: int(n.Pos)}))
	case unbounded(n.Pipe.Cmds[len(n.Pipe.Cmds)-1]):
		code += " | " + weighFunc
	}
	p.write("{{" + code + "}}")
}

func (p *printer) branch(keyword string, n *parse.BranchNode) {
	p.tick()
	p.write(fmt.Sprintf("{{%s %s}}", keyword, p.pipe(n.Pipe)))
	if keyword == "range" {
		p.tick()
	}
	p.list(n.List)
	if n.ElseList != nil {
		p.b.WriteString("{{else}}")
		p.list(n.ElseList)
	}
	p.b.WriteString("{{end}}")
}
