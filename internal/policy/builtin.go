package policy

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/policy/podsecurity"
	"github.com/portcullis-ci/portcullis/policies"
)

// builtinNamespace holds one package for each built-in policy.
const builtinNamespace = "portcullis.builtin"

// builtinSources returns the built-in policies and their library.
func builtinSources() ([]source, error) {
	names, err := fs.Glob(policies.FS, "*.rego")
	if err != nil {
		return nil, err
	}
	var sources []source
	for _, name := range names {
		data, err := policies.FS.ReadFile(name)
		if err != nil {
			return nil, err
		}
		sources = append(sources, source{path: "builtin/" + name, data: data})
	}
	return sources, nil
}

// loadBuiltin compiles the built-in policies and leaves out the disabled ones.
func loadBuiltin(disable []string, log *slog.Logger) (program, library, error) {
	sources, err := builtinSources()
	if err != nil {
		return program{}, library{}, err
	}
	modules := map[string]*ast.Module{}
	for _, s := range sources {
		module, err := ast.ParseModuleWithOpts(s.path, string(s.data), ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1})
		if err != nil {
			return program{}, library{}, fmt.Errorf("parsing %q: %w", s.path, err)
		}
		modules[s.path] = module
	}
	compiler := ast.NewCompiler().WithCapabilities(capabilities(ast.RegoV1)).WithStrict(true)
	if compiler.Compile(modules); compiler.Failed() {
		return program{}, library{}, fmt.Errorf("compiling the built-in policies: %w", compiler.Errors)
	}
	all, err := collect(compiler.Modules, compiler.GetAnnotationSet())
	if err != nil {
		return program{}, library{}, err
	}
	for _, id := range disable {
		if !slices.ContainsFunc(all.rules, func(r *rule) bool { return r.id() == id }) {
			return program{}, library{}, &gate.CheckError{
				Err:  fmt.Errorf("policy.builtin.disable: there is no built-in policy %q", id),
				Hint: "`portcullis rules` lists them",
			}
		}
	}
	all.rules = slices.DeleteFunc(all.rules, func(r *rule) bool { return slices.Contains(disable, r.id()) })
	p := program{compiler: compiler, store: inmem.New(), log: log}
	if len(all.rules) > 0 {
		p.queries = []*query{{namespace: builtinNamespace, rules: all.rules}}
	}
	return p, all, nil
}

// Rules returns the documentation of the built-in policies, of the built-in
// constraint templates and of the Pod Security checks.
func Rules() ([]gate.Rule, error) {
	rules, err := builtinRules()
	templates, templatesErr := templateRules()
	if err := errors.Join(err, templatesErr); err != nil {
		return nil, err
	}
	return slices.Concat(rules, templates, podsecurity.Rules()), nil
}

// builtinRules returns the documentation of the built-in policies, sorted by id.
func builtinRules() ([]gate.Rule, error) {
	sources, err := builtinSources()
	if err != nil {
		return nil, err
	}
	var rules []gate.Rule
	for _, s := range sources {
		module, err := ast.ParseModuleWithOpts(s.path, string(s.data), ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1})
		if err != nil {
			return nil, fmt.Errorf("parsing %q: %w", s.path, err)
		}
		for _, a := range module.Annotations {
			if r, ok := documentation(a); ok {
				rules = append(rules, r)
			}
		}
	}
	slices.SortFunc(rules, func(a, b gate.Rule) int { return cmp.Compare(a.ID, b.ID) })
	return rules, nil
}

// documentation reads the METADATA block of a policy; the library has no id.
func documentation(a *ast.Annotations) (gate.Rule, bool) {
	d := annotated(a)
	text := func(name string) string { s, _ := a.Custom[name].(string); return strings.TrimSpace(s) }
	return gate.Rule{
		ID:          d.ID,
		Title:       d.Title,
		Severity:    d.severity(gate.Unknown),
		Layer:       gate.Layer(d.Layer),
		Stage:       Name,
		Why:         text("why"),
		Bad:         text("bad"),
		Good:        text("good"),
		Remediation: text("remediation"),
		Controls:    d.Controls,
		URL:         d.URL,
	}, d.ID != ""
}
