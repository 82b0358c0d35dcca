package helm

import (
	"slices"
	"strings"
	"text/template/parse"
)

// carriers are the functions whose result keeps the marks of their last
// argument.
var carriers = []string{"include", "indent", "nindent", "trim"}

// cheap are the functions that do not look into what they are given.
var cheap = strings.Fields(`
	and or not include index dict list tuple get set unset hasKey default empty coalesce ternary required kindIs kindOf
	typeOf typeIs typeIsLike first mustFirst last mustLast rest initial len append prepend push concat keys values pick omit
	tpl lookup eq ne lt le gt ge indent nindent trim`)

// pipe prints a pipeline. What functions are given goes through a function of
// ours first where it might hold marks or be too large.
func (p *printer) pipe(n *parse.PipeNode) string {
	var b strings.Builder
	for i, v := range n.Decl {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(v.String())
	}
	if len(n.Decl) > 0 && n.IsAssign {
		b.WriteString(" = ")
	} else if len(n.Decl) > 0 {
		b.WriteString(" := ")
	}
	for i, c := range n.Cmds {
		if i > 0 {
			b.WriteString(" | ")
			if check := p.check(c); check != "" && unbounded(n.Cmds[i-1]) && !carries(c) {
				b.WriteString(check + " | ")
			}
		}
		p.command(&b, c)
		if p.marks != nil && name(c) == "tpl" {
			b.WriteString(" | " + cleanFunc) // the lines of its text are in no template
		}
	}
	return b.String()
}

func (p *printer) command(b *strings.Builder, c *parse.CommandNode) {
	check := p.check(c)
	for i, arg := range c.Args {
		if i > 0 {
			b.WriteByte(' ')
		}
		code := p.argument(arg)
		guarded := i == 1 && name(c) == "tpl"
		if guarded {
			code = "(" + guardFunc + " " + code + ")"
		}
		if i > 0 && check != "" && !guarded && !(carries(c) && i == len(c.Args)-1) && variable(arg) {
			code = "(" + check + " " + code + ")"
		}
		b.WriteString(code)
	}
}

// check returns the function that the arguments of a command go through, "" for
// none.
func (p *printer) check(c *parse.CommandNode) string {
	switch {
	case p.marks != nil:
		return cleanFunc
	case name(c) != "" && !slices.Contains(cheap, name(c)):
		return weighFunc
	}
	return ""
}

// carries reports whether a command hands the marks of its last argument on.
func carries(c *parse.CommandNode) bool {
	return name(c) != "include" && slices.Contains(carriers, name(c))
}

func (p *printer) argument(n parse.Node) string {
	switch n := n.(type) {
	case *parse.PipeNode:
		return "(" + p.pipe(n) + ")"
	case *parse.ChainNode:
		return p.argument(n.Node) + "." + strings.Join(n.Field, ".")
	}
	return n.String()
}

// name returns the function that a command calls, or "".
func name(c *parse.CommandNode) string {
	if id, ok := c.Args[0].(*parse.IdentifierNode); ok {
		return id.Ident
	}
	return ""
}

// variable reports whether an argument may be a string with marks in it, or a
// value that templates built.
func variable(n parse.Node) bool {
	switch n := n.(type) {
	case *parse.VariableNode:
		return n.Ident[0] != "$"
	case *parse.PipeNode, *parse.DotNode, *parse.ChainNode:
		return true
	}
	return false
}

// unbounded reports whether a command may return such a value.
func unbounded(c *parse.CommandNode) bool {
	if len(c.Args) == 1 && variable(c.Args[0]) {
		return true
	}
	return slices.Contains(carriers, name(c)) || slices.Contains(cheap, name(c))
}
