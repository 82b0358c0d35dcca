// Package depcheck holds the tests that keep the layout: which package may import which, and that each engine stays
// behind its own package, so that most test binaries link none of them.
package depcheck

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/portcullis-ci/portcullis/"

// layer is the place of a group of packages: internal/NAME and everything below it count as NAME, but for those in apart.
type layer struct {
	imports []string // groups that it may import; "*" is any
	engines []string // engines that it may reach
}

var engines = map[string][]string{
	// OPA, conftest, Gatekeeper with its frameworks, and the evaluator of the Pod Security Standards.
	"policy": {"github.com/open-policy-agent/", "k8s.io/pod-security-admission/"},
	"trivy":  {"github.com/aquasecurity/trivy/", "github.com/aquasecurity/trivy-checks/", "github.com/aquasecurity/trivy-java-db/"},
	"cosign": {"github.com/sigstore/"},
	// Trivy brings both, so the row of whoever reaches Trivy names them too.
	"helm":      {"helm.sh/helm/"},
	"kustomize": {"sigs.k8s.io/kustomize/api/"},
}

var (
	stage  = []string{"gate", "workspace", "manifest", "image", "lockfile", "parallel", "subprocess"}
	layout = map[string]layer{
		"gate":       {},
		"workspace":  {imports: []string{"gate"}},
		"manifest":   {imports: []string{"gate", "workspace", "parallel"}},
		"helm":       {imports: []string{"gate", "workspace", "manifest", "watchdog"}, engines: []string{"helm"}},
		"kustomize":  {imports: []string{"gate", "workspace", "manifest"}, engines: []string{"kustomize"}},
		"image":      {imports: []string{"gate", "workspace", "parallel", "syntax", "lockfile"}},
		"lockfile":   {imports: []string{"gate"}},
		"syntax":     {imports: []string{"gate"}},
		"parallel":   {},
		"pacing":     {},
		"watchdog":   {},
		"subprocess": {},
		"waiver":     {imports: []string{"gate", "workspace"}},
		"config":     {imports: []string{"gate", "workspace", "waiver"}},
		"report":     {imports: []string{"gate", "docs"}},
		"docs":       {},
		"github":     {imports: []string{"gate"}},
		"policies":   {},
		"policy":     {imports: append([]string{"policies", "watchdog"}, stage...), engines: []string{"policy"}},
		"dockerfile": {imports: append([]string{"syntax"}, stage...)},
		"scan":       {imports: stage, engines: []string{"trivy", "helm", "kustomize"}},
		"sarif":      {imports: stage},
		"workflow":   {imports: []string{"gate", "workspace"}},
		"sign":       {imports: stage, engines: []string{"cosign"}},
		"cli":        {imports: []string{"config", "gate", "report", "github", "workspace", "waiver"}},
		"demo":       {imports: []string{"gate", "image", "testdata", "cli"}},
		"testdata":   {},
		"cmd":        {imports: []string{"*"}, engines: slices.Collect(maps.Keys(engines))},
		"depcheck":   {},
		"e2e":        {imports: []string{"scan", "testdata", "github"}, engines: []string{"trivy", "helm", "kustomize"}},
	}
)

// apart are packages that are no part of the group they lie in: engines, and models that others read too.
var apart = map[string]string{"internal/manifest/helm": "helm", "internal/manifest/kustomize": "kustomize", "internal/dockerfile/syntax": "syntax"}

// imports is the graph of the module, listed once for all tests.
var imports = sync.OnceValues(func() (graph, error) { return load(context.Background(), module+"...") })

func TestEnginesStayBehindTheirPackages(t *testing.T) {
	g := listed(t)
	for _, pkg := range ours(g) {
		for _, engine := range slices.Sorted(maps.Keys(engines)) {
			if slices.Contains(layout[group(pkg)].engines, engine) {
				continue
			}
			wanted := func(p string) bool { return hasAnyPrefix(p, engines[engine]) }
			if chain := g.chain(pkg, wanted, isEngine); chain != nil {
				t.Errorf("%s reaches %s:\n\t%s", path(pkg), engine, strings.Join(chain, "\n\t→ "))
			}
		}
	}
}

func TestGateUsesTheStandardLibraryOnly(t *testing.T) {
	g := listed(t)
	foreign := func(p string) bool {
		first, _, _ := strings.Cut(p, "/")
		return strings.Contains(first, ".") && group(p) != "gate"
	}
	if chain := g.chain(module+"internal/gate", foreign, isEngine); chain != nil {
		t.Errorf("gate leaves the standard library:\n\t%s", strings.Join(chain, "\n\t→ "))
	}
}

// Tests may import what helps them; which engines they link is the business of the first test.
func TestImportsPointDownwards(t *testing.T) {
	g := listed(t)
	empty := maps.Clone(layout)
	for _, pkg := range ours(g) {
		from := group(pkg)
		delete(empty, from)
		if isTest(pkg) {
			continue
		}
		at, known := layout[from]
		if !known {
			t.Errorf("%s has no place in the layout: add %q to the table", path(pkg), from)
			continue
		}
		for _, imported := range g[pkg] {
			to := group(imported)
			if to == "" || to == from || slices.Contains(at.imports, "*") || slices.Contains(at.imports, to) {
				continue
			}
			t.Errorf("%s imports %s; %s may import %q", path(pkg), path(imported), from, at.imports)
		}
	}
	for name := range empty {
		t.Errorf("the layout has a place for %q, which is not there: remove the row", name)
	}
}

// listed returns the graph, and fails the test when it lacks what every later check looks for.
func listed(t *testing.T) graph {
	t.Helper()
	g, err := imports()
	if err != nil {
		t.Fatal(err)
	}
	if _, found := g[module+"internal/gate"]; !found {
		t.Fatalf("the go tool lists no package gate among %d", len(g))
	}
	return g
}

// ours lists the module's packages and their tests, sorted.
func ours(g graph) []string {
	var pkgs []string
	for pkg := range g {
		if strings.HasPrefix(pkg, module) {
			pkgs = append(pkgs, pkg)
		}
	}
	slices.Sort(pkgs)
	return pkgs
}

// group names the part of the layout that a package belongs to, "" for one of another module.
func group(pkg string) string {
	rest, ok := strings.CutPrefix(path(pkg), module)
	if !ok {
		return ""
	}
	rest = strings.TrimSuffix(strings.TrimSuffix(rest, ".test"), "_test")
	if name, ok := apart[rest]; ok {
		return name
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(rest, "internal/"), "/")
	return first
}

// isTest tells the packages that only tests consist of, and those compiled anew for a test.
func isTest(pkg string) bool {
	return strings.Contains(pkg, "[") || strings.HasSuffix(pkg, ".test") || strings.HasSuffix(pkg, "_test")
}

func isEngine(pkg string) bool {
	for _, prefixes := range engines {
		if hasAnyPrefix(pkg, prefixes) {
			return true
		}
	}
	return false
}

func hasAnyPrefix(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

func TestGroup(t *testing.T) {
	for pkg, want := range map[string]string{
		"internal/gate": "gate", "internal/github/runner": "github", "internal/cli_test [m/internal/cli.test]": "cli",
		"internal/scan.test": "scan", "cmd/portcullis": "cmd", "policies": "policies",
		"internal/dockerfile/syntax.test": "syntax", "internal/dockerfile/shellcheck": "dockerfile",
	} {
		if got := group(module + pkg); got != want {
			t.Errorf("group(%s) = %q, want %q", pkg, got, want)
		}
	}
	if got := group("fmt"); got != "" {
		t.Errorf("group(fmt) = %q, want none", got)
	}
}
