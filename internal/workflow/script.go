package workflow

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	sh "mvdan.cc/sh/v3/syntax"
)

// A script is the run: of a step, while it is asked what becomes of the gate's
// exit code. It is read as a shell would run it, from the first command to the
// last, with the options that hold at each.
type script struct {
	options
	text  string
	gates map[string]bool // functions of the script that run the gate
	lost  []loss

	enders, variables map[string]bool // see the functions of these names
}

// A loss is a call of the gate whose failure does not fail the script.
type loss struct {
	pos sh.Pos
	why string
}

// A place is what surrounds a command.
type place struct {
	last bool   // the status of the command is that of the script
	exit bool   // set -e acts here, and the end of this shell fails the script
	why  string // why a status is lost where neither saves it
}

// lostIn is a place of which no status gets out.
func lostIn(why string) place { return place{why: why} }

const (
	maxScript  = 128 << 10
	maxNesting = 200 // parentheses: the time of the parser grows with the square of it
	maxDepth   = 50  // commands in commands, each of which is looked through once more
)

var errTooLarge = errors.New("too large, or too deeply nested")

// depth is how deeply the commands of a script are nested.
func depth(parsed sh.Node) (deepest int) {
	var open []int // 1 for each node around, if it has commands in it
	now := 0
	sh.Walk(parsed, func(n sh.Node) bool {
		if n == nil {
			now -= open[len(open)-1]
			open = open[:len(open)-1]
			return true
		}
		more := 0
		switch n.(type) {
		case *sh.IfClause, *sh.WhileClause, *sh.ForClause, *sh.CaseClause, *sh.Block, *sh.FuncDecl, *sh.Subshell, *sh.CmdSubst, *sh.ProcSubst:
			more = 1
		}
		open, now = append(open, more), now+more
		deepest = max(deepest, now)
		return true
	})
	return deepest
}

// expression finds GitHub's own expressions, which no shell sees.
var expression = regexp.MustCompile(`(?s)\$\{\{.*?\}\}`)

// lostCalls returns the calls of the gate in a script whose failure is lost, in
// the order of the script. An error says that the script could not be read.
func lostCalls(text string, o options) ([]loss, error) {
	if len(text) > maxScript || strings.Count(text, "(") > maxNesting {
		return nil, errTooLarge
	}
	text = expression.ReplaceAllStringFunc(text, func(s string) string {
		return strings.Map(func(r rune) rune {
			if r == '\n' {
				return r
			}
			return 'x'
		}, s)
	})
	parsed, err := sh.NewParser(sh.Variant(sh.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil {
		return nil, fmt.Errorf("parsing the script: %w", err)
	}
	if depth(parsed) > maxDepth {
		return nil, errTooLarge
	}
	s := &script{options: o, text: text, gates: map[string]bool{}, enders: enders(text), variables: variables(text)}
	sh.Walk(parsed, func(n sh.Node) bool {
		if f, ok := n.(*sh.FuncDecl); ok && s.calls(f.Body) {
			s.gates[f.Name.Value] = true
		}
		return true
	})
	s.list(parsed.Stmts, place{last: true, exit: true})
	return s.lost, nil
}

// list follows commands one after another.
func (s *script) list(stmts []*sh.Stmt, at place) {
	for i, stmt := range stmts {
		here := at
		if i+1 < len(stmts) {
			// A next command that reads the status has what it needs.
			here.last = s.mentions(stmts[i+1], "$?", "PIPESTATUS")
			if at.last {
				here.why = "other commands follow it, and set -e does not act"
			}
		}
		s.stmt(stmt, here)
	}
}

func (s *script) stmt(stmt *sh.Stmt, at place) {
	if stmt.Background {
		at = lostIn("it runs in the background")
		at.last = strings.Contains(s.text, "wait ") // has the status of the process that it names
	}
	if stmt.Negated {
		at = lostIn("! turns it into success")
	}
	for _, r := range stmt.Redirs {
		s.substituted(r)
	}
	s.command(stmt.Cmd, at)
}

func (s *script) command(c sh.Command, at place) {
	switch c := c.(type) {
	case *sh.CallExpr:
		s.call(c, at)
	case *sh.BinaryCmd:
		s.binary(c, at)
	case *sh.IfClause:
		s.ifClause(c, at)
	case *sh.WhileClause:
		retry := lostIn("it only decides about a loop")
		retry.last = c.Until
		s.list(c.Cond, retry)
		s.list(c.Do, place{exit: at.exit, why: "other rounds of the loop follow it, and set -e does not act"})
	case *sh.ForClause:
		s.list(c.Do, place{exit: at.exit, why: "other rounds of the loop follow it, and set -e does not act"})
	case *sh.CaseClause:
		for _, item := range c.Items {
			s.list(item.Stmts, at)
		}
	case *sh.Block:
		s.list(c.Stmts, at)
	case *sh.Subshell:
		s.subshell(at, func(inner place) { s.list(c.Stmts, inner) })
	case *sh.FuncDecl: // judged where it is called; within, what is last counts
		s.stmt(c.Body, place{last: true, exit: true})
	case *sh.TimeClause:
		if c.Stmt != nil {
			s.stmt(c.Stmt, at)
		}
	case nil: // redirections only
	default:
		s.substituted(c)
	}
}

// subshell runs a part in a shell of its own: its options end with it, and
// set -e ends it alone.
func (s *script) subshell(at place, run func(place)) {
	before := s.options
	kept := s.keeps(at)
	run(place{last: kept, exit: at.exit && kept, why: at.why})
	s.options = before
}

// keeps reports whether the script fails if a command at a place does.
func (s *script) keeps(at place) bool { return at.last || at.exit && s.errexit }

func (s *script) binary(c *sh.BinaryCmd, at place) {
	left := at
	switch c.Op {
	case sh.AndStmt:
		left.exit = false
		left.why = "set -e does not act on what stands before &&, and other commands follow"
	case sh.OrStmt:
		left = lostIn("|| goes on after it")
		left.last = s.fails(c.Y)
	case sh.Pipe, sh.PipeAll:
		if !s.pipefail && !strings.Contains(s.text, "PIPESTATUS") {
			left = lostIn("a pipe hides it: the shell has no pipefail unless the step says `shell: bash`")
		}
		s.subshell(left, func(inner place) { s.stmt(c.X, inner) })
		s.subshell(at, func(inner place) { s.stmt(c.Y, inner) })
		return
	}
	s.stmt(c.X, left)
	s.stmt(c.Y, at)
}

// ifClause looks for the branch that is taken when the gate fails.
func (s *script) ifClause(c *sh.IfClause, at place) {
	cond := lostIn("the branch that is taken after it does not fail")
	if n := len(c.Cond); n > 0 {
		last := *c.Cond[n-1]
		if last.Negated {
			cond.last = s.fails(c.Then...)
			last.Negated = false
		} else if c.Else != nil {
			cond.last = s.fails(append(c.Else.Then, c.Else.Cond...)...)
		}
		s.list(append(c.Cond[:n-1:n-1], &last), cond)
	}
	s.list(c.Then, at)
	if c.Else != nil {
		s.ifClause(c.Else, at) // an else is one without a condition
	}
}
