package dockerfile

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A lintCase is one call of BuildKit's checkLinterWarnings.
type lintCase struct {
	test               string
	line               int
	dockerfile, ignore string
	want               []string // "Name:line: detail", or without the line, sorted
	lines              bool     // whether want has lines: BuildKit does not compare all of them
	refused            int      // line of an instruction that BuildKit does not know
}

// A caseReader evaluates the few kinds of expressions by which BuildKit writes
// its cases.
type caseReader struct {
	t     *testing.T
	files *token.FileSet
	vars  map[string]ast.Expr // what was assigned last
	cases []lintCase
}

// lintCases reads the cases of a test file, and counts the tests that need a
// registry.
func lintCases(t *testing.T, path string) (cases []lintCase, remote int) {
	t.Helper()
	r := &caseReader{t: t, files: token.NewFileSet()}
	file, err := parser.ParseFile(r.files, path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || !strings.HasPrefix(f.Name.Name, "test") {
			continue
		}
		if callOf(f.Body, "NewRegistry") != nil {
			remote++
			continue
		}
		r.vars = map[string]ast.Expr{}
		ast.Inspect(f.Body, func(n ast.Node) bool { return r.statement(f.Name.Name, n) })
	}
	return r.cases, remote
}

// callOf returns the first call of a function or method below a node.
func callOf(n ast.Node, name string) (call *ast.CallExpr) {
	ast.Inspect(n, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok && call == nil && callee(c) == name {
			call = c
		}
		return call == nil
	})
	return call
}

// callee is the name of the function that is called, without its package.
func callee(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// statement takes note of an assignment, and adds a case. Statements come in
// the order in which they are executed: BuildKit's cases have no loops.
func (r *caseReader) statement(test string, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if name, ok := n.Lhs[0].(*ast.Ident); ok && len(n.Rhs) == 1 {
			r.vars[name.Name] = r.frozen(n.Rhs[0])
		}
	case *ast.CallExpr:
		if callee(n) == "checkLinterWarnings" {
			c := r.params(n.Args[2].(*ast.UnaryExpr).X.(*ast.CompositeLit))
			c.test, c.line = test, r.files.Position(n.Pos()).Line
			r.cases = append(r.cases, c)
			return false
		}
	}
	return true
}

// frozen evaluates what is text, so that later assignments do not change it.
func (r *caseReader) frozen(e ast.Expr) ast.Expr {
	if _, ok := e.(*ast.FuncLit); ok {
		return e
	}
	return &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(r.text(e))}
}

// fields returns the fields of a struct literal by name.
func fields(l *ast.CompositeLit) map[string]ast.Expr {
	values := map[string]ast.Expr{}
	for _, e := range l.Elts {
		pair := e.(*ast.KeyValueExpr)
		values[pair.Key.(*ast.Ident).Name] = pair.Value
	}
	return values
}

// unknownInstruction is the error for an instruction that BuildKit does not
// know; its other errors come from what a build does.
var unknownInstruction = regexp.MustCompile(`^dockerfile parse error on line (\d+)`)

// checkDirective is the check directive at the top of a Dockerfile.
var checkDirective = regexp.MustCompile(`^#\s*check=.*`)

// params reads a lintTestParams. An option that the caller of the build gives in
// place of the file's own directive is put into the file: the gate has no caller.
func (r *caseReader) params(l *ast.CompositeLit) lintCase {
	f := fields(l)
	c := lintCase{dockerfile: r.text(f["Dockerfile"]), lines: true}
	if f["DockerIgnore"] != nil {
		c.ignore = r.text(f["DockerIgnore"])
	}
	warnings := f["Warnings"]
	if all := f["UnmarshalWarnings"]; all != nil {
		warnings, c.lines = all, false
	}
	if warnings != nil {
		for _, e := range warnings.(*ast.CompositeLit).Elts {
			c.want = append(c.want, r.warning(e, c.lines))
		}
	}
	if f["BuildErr"] != nil {
		if m := unknownInstruction.FindStringSubmatch(r.text(f["BuildErr"])); m != nil {
			c.refused, _ = strconv.Atoi(m[1])
		}
	}
	if attrs, ok := f["FrontendAttrs"].(*ast.CompositeLit); ok {
		for _, e := range attrs.Elts {
			if pair := e.(*ast.KeyValueExpr); r.text(pair.Key) == "build-arg:BUILDKIT_DOCKERFILE_CHECK" {
				c.dockerfile = checkDirective.ReplaceAllString(c.dockerfile, "# check="+r.text(pair.Value))
			}
		}
	}
	slices.Sort(c.want)
	return c
}

// warning reads an expectedLintWarning, written out or made by a function.
func (r *caseReader) warning(e ast.Expr, lines bool) string {
	if call, ok := e.(*ast.CallExpr); ok {
		made, _ := r.vars[callee(call)].(*ast.FuncLit)
		if made == nil {
			r.t.Fatalf("%s: a warning that was not understood", r.files.Position(e.Pos()))
		}
		before := maps.Clone(r.vars)
		defer func() { r.vars = before }()
		i := 0
		for _, field := range made.Type.Params.List {
			for _, name := range field.Names {
				r.vars[name.Name] = call.Args[i]
				i++
			}
		}
		e = made.Body.List[0].(*ast.ReturnStmt).Results[0]
	}
	f := fields(e.(*ast.CompositeLit))
	if lines {
		return r.text(f["RuleName"]) + ":" + r.text(f["Line"]) + ": " + r.text(f["Detail"])
	}
	return r.text(f["RuleName"]) + ": " + r.text(f["Detail"])
}

// text evaluates an expression: literals, variables, and the calls that put
// texts together. Of two systems it takes the first, which is Unix.
func (r *caseReader) text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil {
			return s
		}
		return e.Value // a number
	case *ast.Ident:
		if v := r.vars[e.Name]; v != nil {
			return r.text(v)
		}
	case *ast.CallExpr:
		switch name := callee(e); {
		case name == "UnixOrWindows", name == "" && len(e.Args) == 1: // []byte(…)
			return r.text(e.Args[0])
		case name == "Sprintf":
			return r.format(e.Args)
		case name == "Appendf":
			return r.format(e.Args[1:])
		}
	}
	r.t.Fatalf("%s: an expression that was not understood", r.files.Position(e.Pos()))
	return ""
}

func (r *caseReader) format(args []ast.Expr) string {
	values := make([]any, len(args)-1)
	for i, a := range args[1:] {
		values[i] = r.text(a)
	}
	return fmt.Sprintf(r.text(args[0]), values...)
}
