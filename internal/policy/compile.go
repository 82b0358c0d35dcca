package policy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	conftest "github.com/open-policy-agent/conftest/policy"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// compile compiles all bundles together, each as the version of Rego that it is
// written in: as v1 or, if it is not that, as v0. It notes which are v0.
func compile(bundles []bundle) (*ast.Compiler, []string, error) {
	versions := make([]ast.RegoVersion, len(bundles))
	for i := range versions {
		versions[i] = ast.RegoV1
	}
	firsts := make([][]*ast.Error, len(bundles)) // of each bundle, read as v1
	for {
		compiler, faults, err := compileAs(bundles, versions)
		if err == nil {
			return compiler, versionNotes(bundles, versions), nil
		}
		older := false
		for i := range bundles {
			if len(faults[i]) > 0 && versions[i] == ast.RegoV1 {
				firsts[i], versions[i], older = faults[i], ast.RegoV0, true
			}
		}
		if !older {
			return nil, nil, regoErrors(faults, firsts, err)
		}
	}
}

// compileAs compiles the bundles as these versions. On an error it returns what
// is wrong with each bundle, and all of it.
func compileAs(bundles []bundle, versions []ast.RegoVersion) (*ast.Compiler, [][]*ast.Error, error) {
	faults := make([][]*ast.Error, len(bundles))
	modules, owner := map[string]*ast.Module{}, map[string]int{}
	var errs []error
	for i, b := range bundles {
		for _, s := range b.files {
			if isTest(s) {
				continue
			}
			owner[s.path] = i
			module, err := ast.ParseModuleWithOpts(s.path, string(s.data), ast.ParserOptions{ProcessAnnotation: true, RegoVersion: versions[i]})
			var list ast.Errors
			switch {
			case errors.As(err, &list):
				faults[i], errs = append(faults[i], list...), append(errs, err)
			case err != nil:
				return nil, faults, fmt.Errorf("parsing %q: %w", s.path, err)
			case module != nil: // nil: the file is empty
				modules[s.path] = module
			}
		}
	}
	if len(errs) > 0 {
		return nil, faults, errors.Join(errs...)
	}
	compiler := ast.NewCompiler().WithEnablePrintStatements(true).WithCapabilities(capabilities(versions...))
	compiler.Compile(modules)
	if !compiler.Failed() {
		return compiler, nil, nil
	}
	for _, e := range compiler.Errors {
		if e.Location != nil {
			faults[owner[e.Location.File]] = append(faults[owner[e.Location.File]], e)
		}
	}
	return nil, faults, compiler.Errors
}

// isTest reports whether a file holds tests of policies, which may use what no
// policy may. A file that has a rule of its own is none, whatever its name.
func isTest(s source) bool {
	return strings.HasSuffix(s.path, "_test.rego") && !anyRule.Match(s.data)
}

var anyRule = regexp.MustCompile(`(?m)^\s*(default\s+)?(deny|violation|warn)\b|^\s*(deny|violation|warn)_`)

func versionNotes(bundles []bundle, versions []ast.RegoVersion) []string {
	var notes []string
	for i, b := range bundles {
		if versions[i] == ast.RegoV0 {
			notes = append(notes, b.name+": read as Rego v0, it is not valid Rego v1")
		}
	}
	return notes
}

// regoErrors says what is wrong with bundles that are valid in no version of
// Rego: what their own version says, which is v0 only for text that v1 could
// not even parse.
func regoErrors(v0, v1 [][]*ast.Error, err error) error {
	var errs []error
	for i := range v0 {
		list := v1[i]
		if unparsed(list) && !unparsed(v0[i]) {
			list = v0[i]
		}
		for _, e := range list {
			file := ""
			if e.Location != nil {
				file = e.Location.File
			}
			errs = append(errs, located(file, e.Location, readableRego(e.Message)))
		}
	}
	if len(errs) == 0 {
		return err
	}
	return errors.Join(errs...)
}

func unparsed(list []*ast.Error) bool {
	return slices.ContainsFunc(list, func(e *ast.Error) bool { return e.Code == ast.ParseErr })
}

// readableRego says of a builtin that no policy may call that it is one.
func readableRego(message string) error {
	if m := undefined.FindStringSubmatch(message); m != nil && denied(m[1]) {
		return fmt.Errorf("the builtin %s is not allowed in policies", m[1])
	}
	return errors.New(message)
}

var undefined = regexp.MustCompile(`undefined function ([\w.]+)`)

// loadData lets conftest load the data: of a folder the place of a file in it
// is the place of its values below data. The loader reads from disk only: a
// copy of what was read, and digested, cannot change under it and has no links.
func loadData(bundles []bundle) (storage.Store, error) {
	dir, err := os.MkdirTemp("", "portcullis-data-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var paths []string
	for i, b := range bundles {
		root := filepath.Join(dir, strconv.Itoa(i))
		files := slices.Clone(b.files)
		if b.remote {
			for j := range files {
				files[j].path = strings.TrimPrefix(files[j].path, strings.TrimPrefix(b.name, bundleScheme)+"/")
			}
		}
		if err := write(root, files); err != nil {
			return nil, fmt.Errorf("copying the data: %w", err)
		}
		paths = append(paths, b.dataPaths(root, files)...)
	}
	engine, err := conftest.LoadWithData(nil, paths, conftest.CompilerOptions{})
	if err != nil {
		text := regexp.MustCompile(regexp.QuoteMeta(dir)+`/\d+/`).ReplaceAllLiteralString(err.Error(), "")
		return nil, &gate.CheckError{Err: fmt.Errorf("loading the data: %s", text)}
	}
	return engine.Store(), nil
}

// dataPaths are the paths that the loader gets: a folder as a whole.
func (b bundle) dataPaths(root string, files []source) []string {
	if b.remote {
		return []string{root}
	}
	folder := filepath.Join(root, filepath.FromSlash(b.name))
	if info, err := os.Stat(folder); err == nil && info.IsDir() {
		return []string{folder}
	}
	var paths []string
	for _, s := range files {
		if workspace.Match([]string{b.name}, s.path) {
			paths = append(paths, filepath.Join(root, filepath.FromSlash(s.path)))
		}
	}
	return paths
}
