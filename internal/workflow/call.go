package workflow

import (
	"slices"
	"strings"

	sh "mvdan.cc/sh/v3/syntax"
)

// call follows a simple command.
func (s *script) call(c *sh.CallExpr, at place) {
	words := plainWords(c.Args)
	if len(words) == 0 { // x=$(…) has the status of what is in it
		for _, assign := range c.Assigns {
			s.within(assign, func(stmts []*sh.Stmt) {
				s.subshell(at, func(inner place) { s.list(stmts, inner) })
			})
		}
		return
	}
	s.substituted(c)
	if words[0] == "set" {
		s.set(words[1:])
		return
	}
	if flags, inner := given(words); inner != "" {
		s.given(c, flags, inner, at)
		return
	}
	if s.isGate(words) && !s.keeps(at) {
		s.lost = append(s.lost, loss{pos: c.Pos(), why: at.why})
	}
}

// given follows the script that a shell gets with -c.
func (s *script) given(c *sh.CallExpr, flags []string, text string, at place) {
	var o options
	o.set(flags)
	if !s.keeps(at) && runsGate.MatchString(text) {
		s.lost = append(s.lost, loss{pos: c.Pos(), why: at.why})
		return
	}
	if inner, err := lostCalls(text, o); err == nil && len(inner) > 0 {
		s.lost = append(s.lost, loss{pos: c.Pos(), why: inner[0].why})
	}
}

// given returns the flags and the script among the words of a command that
// starts a shell.
func given(words []string) (flags []string, text string) {
	i := slices.IndexFunc(words, isShell)
	if i < 0 || i+1 == len(words) {
		return nil, ""
	}
	words = words[i+1:]
	for i, word := range words[:len(words)-1] {
		if strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "--") && strings.HasSuffix(word, "c") {
			return words[:i+1], words[i+1]
		}
	}
	return nil, ""
}

// isGate reports whether the words of a command run the gate.
func (s *script) isGate(words []string) bool {
	switch words[0] {
	case "echo", "printf", ":":
		return false
	}
	return s.gates[words[0]] || runsGate.MatchString(strings.Join(words, " "))
}

// calls reports whether a part of the script runs the gate.
func (s *script) calls(n sh.Node) (found bool) {
	sh.Walk(n, func(n sh.Node) bool {
		if c, ok := n.(*sh.CallExpr); ok && len(c.Args) > 0 {
			found = found || s.isGate(plainWords(c.Args))
		}
		return !found
	})
	return found
}

// substituted follows the scripts in $(…) and <(…) of a part of a command: the
// command has a status of its own.
func (s *script) substituted(n sh.Node) {
	s.within(n, func(stmts []*sh.Stmt) {
		s.subshell(lostIn("the command around it has an exit code of its own"), func(inner place) { s.list(stmts, inner) })
	})
}

// within calls for what a node substitutes, not for what that substitutes.
func (s *script) within(n sh.Node, do func([]*sh.Stmt)) {
	sh.Walk(n, func(n sh.Node) bool {
		switch n := n.(type) {
		case *sh.CmdSubst:
			do(n.Stmts)
			return false
		case *sh.ProcSubst:
			do(n.Stmts)
			return false
		}
		return true
	})
}

// fails reports whether commands that run after the gate has closed take notice
// of that: they end the script, or keep the status for what does.
func (s *script) fails(stmts ...*sh.Stmt) (yes bool) {
	for _, stmt := range stmts {
		if yes = yes || s.calls(stmt) || s.mentions(stmt, "GITHUB_OUTPUT", "GITHUB_ENV"); yes {
			return true
		}
		sh.Walk(stmt, func(n sh.Node) bool {
			switch n := n.(type) {
			case *sh.CallExpr:
				yes = yes || s.ends(plainWords(n.Args), n == stmts[0].Cmd)
			case *sh.Assign:
				yes = yes || n.Name != nil && s.variables[n.Name.Value]
			case *sh.FuncDecl, *sh.CmdSubst:
				return false
			}
			return !yes
		})
	}
	return yes
}

// ends reports whether a command ends the script with a failure. first says that
// its status, if it names none, is that of the gate.
func (s *script) ends(words []string, first bool) bool {
	if len(words) == 0 {
		return false
	}
	switch words[0] {
	case "false":
		return true
	case "exit", "return":
		return len(words) > 1 && words[1] != "0" || len(words) == 1 && first
	}
	return s.enders[words[0]]
}

// mentions reports whether one of the texts is in a command.
func (s *script) mentions(stmt *sh.Stmt, texts ...string) bool {
	source := s.text[stmt.Pos().Offset():min(int(stmt.End().Offset()), len(s.text))]
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(source, text) })
}

// plainWords returns words without their quotes; what is substituted is an x.
func plainWords(words []*sh.Word) []string {
	plain := make([]string, len(words))
	for i, word := range words {
		var b strings.Builder
		write(&b, word.Parts)
		plain[i] = b.String()
	}
	return plain
}

func write(b *strings.Builder, parts []sh.WordPart) {
	for _, part := range parts {
		switch part := part.(type) {
		case *sh.Lit:
			b.WriteString(strings.ReplaceAll(part.Value, "\\\n", ""))
		case *sh.SglQuoted:
			b.WriteString(part.Value)
		case *sh.DblQuoted:
			write(b, part.Parts)
		default:
			b.WriteByte('x')
		}
	}
}
