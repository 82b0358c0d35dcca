package policy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// user is the policies of the workspace and of bundles.
type user struct {
	programs []program
	library  library
	sources  []source
}

// loadUser compiles the Rego and data files of the options in conftest's
// conventions.
func loadUser(ctx context.Context, o Options, fetched map[string][]source) (user, error) {
	rego, err := o.bundles(ctx, "policy.rego", o.Rego, fetched, ".rego")
	data, dataErr := o.bundles(ctx, "policy.data", o.Data, fetched, ".yaml", ".yml", ".json")
	if err := errors.Join(err, dataErr); err != nil {
		return user{}, err
	}
	var u user
	for _, b := range slices.Concat(rego, data) {
		u.sources = append(u.sources, b.files...)
	}
	compiler, notes, err := compile(rego)
	if err != nil {
		return user{}, err
	}
	store, err := loadData(data)
	if err != nil {
		return user{}, err
	}
	// Of the compiler's modules and not of those that it was given: these are
	// the rules that a tracer sees.
	if u.library, err = collect(compiler.Modules, compiler.GetAnnotationSet()); err != nil {
		return user{}, err
	}
	u.library.notes = append(notes, u.library.notes...)
	base := program{compiler: compiler, store: store, perFile: readsFile(compiler.Modules), log: o.Log}
	return u, u.selectNamespaces(o, base)
}

// A bundle is what one entry of policy.rego or policy.data names: a folder,
// file or glob of the workspace, or an artifact in a registry.
type bundle struct {
	name   string
	remote bool
	files  []source
}

// bundles returns the files with the extensions of each entry. A file that two
// entries name belongs to the first.
func (o Options) bundles(ctx context.Context, key string, entries []string, fetched map[string][]source, extensions ...string) ([]bundle, error) {
	var all []bundle
	var errs []error
	seen := map[string]bool{}
	for _, entry := range entries {
		b := bundle{name: entry, remote: strings.HasPrefix(entry, bundleScheme)}
		if b.remote {
			b.files = slices.Clone(fetched[entry])
			b.files = slices.DeleteFunc(b.files, func(s source) bool { return !slices.Contains(extensions, path.Ext(s.path)) })
			if len(b.files) == 0 {
				errs = append(errs, fmt.Errorf("%s: no %s file in %q", key, strings.Join(extensions, " or "), entry))
			}
		} else {
			files, err := collectFiles(ctx, o.Policies, key, []string{entry}, extensions)
			b.files, errs = files, append(errs, err)
		}
		b.files = slices.DeleteFunc(b.files, func(s source) bool {
			known := seen[s.path]
			seen[s.path] = true
			return known
		})
		all = append(all, b)
	}
	return all, errors.Join(errs...)
}

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
// the options, else every one with a rule. The queries that want all objects at
// once are a program of their own.
func (u *user) selectNamespaces(o Options, base program) error {
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
	errs := slices.Concat(unknownNamespaces(o, "policy.namespaces", o.Namespaces, byName), unknownNamespaces(o, "policy.combine", o.Combine, byName))
	single, combined := base, base
	combined.combined = true
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		switch {
		case len(o.Namespaces) > 0 && !matchesAny(o.Namespaces, name):
			u.library.notes = append(u.library.notes, fmt.Sprintf("package %s has rules and is not among policy.namespaces: not evaluated", name))
		case matchesAny(o.Combine, name):
			combined.queries = append(combined.queries, byName[name])
		default:
			single.queries = append(single.queries, byName[name])
		}
	}
	for _, p := range []program{single, combined} {
		if len(p.queries) > 0 {
			u.programs = append(u.programs, p)
		}
	}
	return errors.Join(errs...)
}

// unknownNamespaces blames the patterns that match no package with rules.
func unknownNamespaces(o Options, key string, patterns []string, byName map[string]*query) []error {
	var errs []error
	for _, pattern := range patterns {
		matches := func(name string) bool { return matchesAny([]string{pattern}, name) }
		if !slices.ContainsFunc(slices.Collect(maps.Keys(byName)), matches) {
			errs = append(errs, &gate.CheckError{
				Err: fmt.Errorf("%s: no rule in package %q of %s", key, pattern, strings.Join(o.Rego, ", ")),
			})
		}
	}
	return errs
}

// matchesAny reports whether a package is meant by one of the patterns, in
// which * ? and [ ] stand for others, as conftest has it.
func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		matched, err := path.Match(pattern, name)
		return err == nil && matched
	})
}
