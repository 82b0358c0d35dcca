package helm

import (
	"bytes"
	"fmt"
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
// from.
type printer struct {
	b     strings.Builder
	file  string
	text  string
	marks *marks
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
	names := make([]string, 0, len(trees))
	for name := range trees {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return int(trees[a].Root.Pos) - int(trees[b].Root.Pos) })
	if root := trees[file]; root != nil {
		p.body(root.Root)
	}
	for _, name := range names {
		if name != file {
			fmt.Fprintf(&p.b, "{{define %q}}", name)
			p.body(trees[name].Root)
			p.b.WriteString("{{end}}")
		}
	}
	return p.b.String()
}

// body prints a whole template. An empty one stays empty: it does not take the
// place of another of its name.
func (p *printer) body(list *parse.ListNode) {
	if !parse.IsEmptyTree(list) {
		p.tick()
	}
	p.list(list)
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
		fmt.Fprintf(&p.b, "{{template %q", n.Name)
		if n.Pipe != nil {
			p.b.WriteString(" " + p.pipe(n.Pipe))
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
	p.b.Write(whole)
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
	p.b.WriteString("{{" + code + "}}")
}

func (p *printer) branch(keyword string, n *parse.BranchNode) {
	p.tick()
	fmt.Fprintf(&p.b, "{{%s %s}}", keyword, p.pipe(n.Pipe))
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
