package policy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	conftest "github.com/open-policy-agent/conftest/policy"
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// user is the policies of the workspace.
type user struct {
	program program
	library library
	sources []source
}

// loadUser compiles the Rego and data files of the options in conftest's
// conventions.
func loadUser(ctx context.Context, o Options) (user, error) {
	rego, err := collectFiles(ctx, o.Policies, "policy.rego", o.Rego, []string{".rego"})
	data, dataErr := collectFiles(ctx, o.Policies, "policy.data", o.Data, []string{".yaml", ".yml", ".json"})
	if err := errors.Join(err, dataErr); err != nil {
		return user{}, err
	}
	u := user{sources: slices.Concat(rego, data)}
	dir, err := os.MkdirTemp("", "portcullis-policy-")
	if err != nil {
		return user{}, err
	}
	defer os.RemoveAll(dir)
	rego = slices.DeleteFunc(rego, isTest)
	regoDir, dataDir := filepath.Join(dir, "rego"), filepath.Join(dir, "data")
	if err := errors.Join(write(regoDir, rego), write(dataDir, data)); err != nil {
		return user{}, fmt.Errorf("copying the policies: %w", err)
	}
	engine, version, err := compile(regoDir, dataPaths(dataDir, o.Data, data))
	if err != nil {
		return user{}, places(err, dir)
	}
	modules := map[string]*ast.Module{}
	for name, module := range engine.Compiler().Modules { // the rules that a tracer sees
		rel, err := filepath.Rel(regoDir, name)
		if err != nil {
			return user{}, err
		}
		modules[filepath.ToSlash(rel)] = module
	}
	u.library, err = collect(modules, engine.Compiler().GetAnnotationSet())
	if err != nil {
		return user{}, err
	}
	u.program = program{compiler: engine.Compiler(), store: engine.Store(), perFile: readsFile(modules), root: regoDir + "/", log: o.Log}
	if version == "v0" {
		u.library.notes = append(u.library.notes, "the policies were read as Rego v0: they are not valid Rego v1")
	}
	return u, u.selectNamespaces(o)
}

// isTest reports whether a file holds tests of policies, which may use what no
// policy may. A file that has a rule of its own is none, whatever its name.
func isTest(s source) bool {
	return strings.HasSuffix(s.path, "_test.rego") && !anyRule.Match(s.data)
}

var anyRule = regexp.MustCompile(`(?m)^\s*(default\s+)?(deny|violation|warn)\b|^\s*(deny|violation|warn)_`)

// dataPaths are the paths that the loader gets: a folder as a whole, because
// the place of a file in it is the place of its values in data.
func dataPaths(dir string, patterns []string, sources []source) []string {
	var paths []string
	for _, pattern := range patterns {
		pattern = path.Clean(pattern)
		if info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(pattern))); err == nil && info.IsDir() {
			paths = append(paths, filepath.Join(dir, filepath.FromSlash(pattern)))
			continue
		}
		for _, s := range sources {
			if workspace.Match([]string{pattern}, s.path) {
				paths = append(paths, filepath.Join(dir, filepath.FromSlash(s.path)))
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// compile lets conftest load the policies: as Rego v1, and if they are not
// that, as Rego v0.
func compile(regoDir string, data []string) (*conftest.Engine, string, error) {
	load := func(name string, version ast.RegoVersion) (*conftest.Engine, error) {
		return conftest.LoadWithData([]string{regoDir}, data, conftest.CompilerOptions{
			RegoVersion:  name,
			Capabilities: capabilities(version),
		})
	}
	engine, err := load("v1", ast.RegoV1)
	if err == nil {
		return engine, "v1", nil
	}
	engine, errV0 := load("v0", ast.RegoV0)
	switch {
	case errV0 == nil:
		return engine, "v0", nil
	case isParseError(err) && !isParseError(errV0):
		return nil, "", errV0 // well written for v0: that is what is wrong with it
	}
	return nil, "", err
}

func isParseError(err error) bool {
	var list ast.Errors
	var one *ast.Error
	return errors.As(err, &list) && slices.ContainsFunc(list, func(e *ast.Error) bool { return e.Code == ast.ParseErr }) ||
		errors.As(err, &one) && one.Code == ast.ParseErr || strings.Contains(err.Error(), ast.ParseErr)
}

// places turns the errors of the compiler into errors with a place in the
// workspace.
func places(err error, dir string) error {
	var list ast.Errors
	if !errors.As(err, &list) {
		text := strings.NewReplacer(filepath.Join(dir, "rego")+"/", "", filepath.Join(dir, "data")+"/", "").Replace(err.Error())
		return &gate.CheckError{Err: fmt.Errorf("loading the policies: %s", text)}
	}
	var errs []error
	for _, e := range list {
		message := readableRego(e.Message)
		file := ""
		if e.Location != nil {
			file = strings.TrimPrefix(e.Location.File, filepath.Join(dir, "rego")+"/")
		}
		errs = append(errs, located(file, e.Location, message))
	}
	return errors.Join(errs...)
}

// readableRego says of a builtin that no policy may call that it is one.
func readableRego(message string) error {
	if m := undefined.FindStringSubmatch(message); m != nil && denied(m[1]) {
		return fmt.Errorf("the builtin %s is not allowed in policies", m[1])
	}
	return errors.New(message)
}

var undefined = regexp.MustCompile(`undefined function ([\w.]+)`)

// readsFile reports whether a policy may read data.conftest.
func readsFile(modules map[string]*ast.Module) bool {
	reads := false
	for _, module := range modules {
		ast.WalkRefs(module, func(ref ast.Ref) bool {
			if ref.HasPrefix(ast.DefaultRootRef) && (len(ref) == 1 || !isString(ref[1]) || ref[1].Equal(ast.StringTerm("conftest"))) {
				reads = true
			}
			return reads
		})
	}
	return reads
}

func isString(t *ast.Term) bool { _, ok := t.Value.(ast.String); return ok }

// selectNamespaces makes a query for each namespace that is wanted: those of
// the options, else every one with a rule.
func (u *user) selectNamespaces(o Options) error {
	byName := map[string]*query{}
	for _, r := range u.library.rules {
		if byName[r.namespace] == nil {
			byName[r.namespace] = &query{namespace: r.namespace, exceptions: u.library.exceptions[r.namespace]}
		}
		byName[r.namespace].rules = append(byName[r.namespace].rules, r)
	}
	if len(byName) == 0 {
		return &gate.CheckError{
			Err:  fmt.Errorf("policy.rego: no rule in %s", strings.Join(o.Rego, ", ")),
			Hint: "a policy is a rule named deny, violation or warn",
		}
	}
	var errs []error
	for _, name := range o.Namespaces {
		if byName[name] == nil {
			errs = append(errs, &gate.CheckError{
				Err: fmt.Errorf("policy.namespaces: no rule in package %q of %s", name, strings.Join(o.Rego, ", ")),
			})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		if len(o.Namespaces) > 0 && !slices.Contains(o.Namespaces, name) {
			u.library.notes = append(u.library.notes, fmt.Sprintf("package %s has rules and is not among policy.namespaces: not evaluated", name))
			continue
		}
		u.program.queries = append(u.program.queries, byName[name])
	}
	return errors.Join(errs...)
}
