package kustomize

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/types"
)

// A claim says what a kustomization does with a file.
type claim uint8

const (
	whole   claim = iota + 1 // its objects become part of what is rendered
	partial                  // a patch, a part of a ConfigMap: no manifest by itself
)

// A plan is a kustomization as it was read, before anything is rendered: what it
// refers to, and whether that is allowed.
type plan struct {
	dir, file string
	component bool
	content   types.Kustomization
	root      *yaml.Node // of its text; nil if it cannot be read
	below     []*plan    // bases, in their order
	parts     []*plan    // components
	claims    map[string]claim
	errs      []error
	order     []*plan // what all returns; nil: not known yet
}

// all returns the plans below, in the order in which they apply, and the plan
// itself at the end. It must not be called before all of them have been read.
func (p *plan) all() []*plan {
	if p.order != nil {
		return p.order
	}
	var list []*plan
	var add func(p *plan)
	seen := map[*plan]bool{}
	add = func(p *plan) {
		if seen[p] {
			return
		}
		seen[p] = true
		for _, below := range p.below {
			add(below)
		}
		for _, part := range p.parts {
			add(part)
		}
		list = append(list, p)
	}
	add(p)
	p.order = list
	return list
}

// plan reads the kustomization of a folder and everything it builds on.
func (j *job) plan(dir string) *plan {
	if p, ok := j.plans[dir]; ok {
		return p
	}
	p := &plan{dir: dir, claims: map[string]claim{}}
	j.plans[dir] = p
	var names []string
	for _, name := range fileNames {
		if j.files[path.Join(dir, name)] {
			names = append(names, path.Join(dir, name))
		}
	}
	p.file = names[0]
	if len(names) > 1 {
		p.fail(1, fmt.Errorf("a second kustomization in this folder: %s", names[1]), "remove one")
		return p
	}
	data, err := j.tree.ReadFile(p.file)
	if err == nil {
		err = p.parse(data)
	}
	if err != nil {
		line := 0
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
		}
		p.fail(max(line, 1), fmt.Errorf("reading the kustomization: %w", err), "")
		return p
	}
	p.component = p.content.Kind == types.ComponentKind
	j.references(p)
	return p
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

func (p *plan) parse(data []byte) error {
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return err
	}
	if err := light(&root); err != nil {
		return err
	}
	if len(root.Content) > 0 {
		p.root = root.Content[0]
	}
	if err := p.content.Unmarshal(data); err != nil {
		return err
	}
	p.content.FixKustomization()
	return nil
}

func (p *plan) fail(line int, err error, hint string) {
	if hint == "" {
		hint = "leave it out with paths.exclude if it is not meant to be checked"
	}
	p.errs = append(p.errs, fault(p.file, line, err, hint))
}

// references follows everything that the kustomization names.
func (j *job) references(p *plan) {
	k := p.content
	for _, field := range []struct {
		key string
		on  bool
	}{{"helmCharts", len(k.HelmCharts) > 0}, {"helmChartInflationGenerator", len(k.HelmChartInflationGenerator) > 0}} {
		if field.on {
			p.fail(p.line(field.key), fmt.Errorf("%s is not supported: it runs the program helm, which fetches charts", field.key),
				"render the chart itself: commit it to the workspace")
		}
	}
	for _, name := range slices.Concat(k.Resources, k.Bases) { //nolint:staticcheck // files still have it
		j.follow(p, name, whole, &p.below)
	}
	for _, name := range k.Components {
		j.follow(p, name, whole, &p.parts)
	}
	for _, name := range slices.Concat(k.Generators, k.Transformers, k.Validators) {
		if inline(name) {
			p.offline(name, p.line(name))
			continue
		}
		j.follow(p, name, partial, &p.parts)
	}
	for _, name := range p.loaded() {
		j.follow(p, name, partial, nil)
	}
}

// loaded lists the other files that a kustomization loads.
func (p *plan) loaded() []string {
	k := p.content
	names := slices.Concat(k.Crds, k.Configurations, []string{k.OpenAPI["path"]})
	for _, patch := range slices.Concat(k.Patches, k.PatchesJson6902) { //nolint:staticcheck // files still have it
		names = append(names, patch.Path)
	}
	for _, patch := range k.PatchesStrategicMerge { //nolint:staticcheck // files still have it
		if !inline(string(patch)) {
			names = append(names, string(patch))
		}
	}
	for _, r := range k.Replacements {
		names = append(names, r.Path)
	}
	var sources []types.KvPairSources
	for _, g := range k.ConfigMapGenerator {
		sources = append(sources, g.KvPairSources)
	}
	for _, g := range k.SecretGenerator {
		sources = append(sources, g.KvPairSources)
	}
	for _, s := range sources {
		names = append(append(names, s.EnvSources...), s.EnvSource)
		for _, file := range s.FileSources {
			_, name, found := strings.Cut(file, "=")
			if !found {
				name = file
			}
			names = append(names, name)
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

// inline reports whether a text that may be a path is the content itself.
func inline(text string) bool {
	return strings.ContainsAny(text, "\n{") || strings.Contains(text, ": ")
}

// remote finds what the engine would fetch or clone.
var remote = regexp.MustCompile(`(?i)^(?:git::)?(?:ssh://|https?:|file://|[a-z][a-z0-9-]*@|github\.com[/:])|\?ref=|^oci:`)

// follow sees to it that a reference leads to a file or folder of the
// workspace, and reads the kustomization there.
func (j *job) follow(p *plan, name string, as claim, bases *[]*plan) {
	line := p.line(name)
	to, ok := inside(p.dir, name)
	switch {
	case remote.MatchString(name):
		p.fail(line, fmt.Errorf("%q is remote, and nothing is fetched", name), "commit a copy to the workspace and refer to that")
	case !ok:
		p.fail(line, fmt.Errorf("%q is outside of the workspace", name), "a kustomization is rendered from files of the workspace only")
	case j.tree.Refused(to) != nil:
		p.fail(line, fmt.Errorf("%q: %w", name, j.tree.Refused(to)), "a kustomization is rendered from files of the workspace only")
	case j.files[to]:
		p.claims[to] = max(p.claims[to], as)
		if as == partial && bases != nil {
			j.configuration(p, to)
		}
	case as == partial && bases != nil && j.dirs[to]:
		// What is built there could put together the address of something remote.
		p.fail(line, fmt.Errorf("%q is a folder, and generators and transformers are taken from files only", name), "name the files that are in it")
	case bases != nil && slices.ContainsFunc(fileNames, func(file string) bool { return j.files[path.Join(to, file)] }):
		*bases = append(*bases, j.plan(to))
	case j.dirs[to]:
		p.fail(line, fmt.Errorf("%q is a folder without a kustomization", name), "")
	default:
		p.fail(line, fmt.Errorf("%q is no file or folder of the workspace", name), "")
	}
}

// configuration checks a file that configures generators or transformers.
func (j *job) configuration(p *plan, file string) {
	data, err := j.tree.ReadFile(file)
	if err != nil {
		p.errs = append(p.errs, fault(file, 0, errors.Unwrap(err), ""))
		return
	}
	inner := &plan{file: file, claims: p.claims}
	inner.offline(string(data), 0)
	p.errs = append(p.errs, inner.errs...)
}

// offline refuses a configuration that names anything remote: whatever field of
// it the engine would load. Line is where it stands in a kustomization.
func (p *plan) offline(text string, line int) {
	dec := yaml.NewDecoder(strings.NewReader(text))
	for {
		var root yaml.Node
		if dec.Decode(&root) != nil {
			return // the engine says what is wrong
		}
		if err := light(&root); err != nil {
			p.fail(max(line, 1), err, "")
			return
		}
		scalars(&root, func(n *yaml.Node) {
			_, name, _ := strings.Cut(n.Value, "=")
			if remote.MatchString(n.Value) || remote.MatchString(name) {
				p.fail(max(line, n.Line), fmt.Errorf("%q is remote, and nothing is fetched", n.Value), "commit a copy to the workspace and refer to that")
			}
		})
	}
}

func scalars(n *yaml.Node, visit func(*yaml.Node)) {
	if n.Kind == yaml.ScalarNode {
		visit(n)
	}
	for _, child := range n.Content {
		scalars(child, visit)
	}
}

// line returns the line of a key at the top of the kustomization, or else of the
// first value that is or ends with a text.
func (p *plan) line(text string) int {
	line := 1
	if p.root == nil {
		return line
	}
	for i := 0; p.root.Kind == yaml.MappingNode && i < len(p.root.Content); i += 2 {
		if p.root.Content[i].Value == text {
			return p.root.Content[i].Line
		}
	}
	found := false
	scalars(p.root, func(n *yaml.Node) {
		if !found && (n.Value == text || strings.HasSuffix(n.Value, "="+text)) {
			line, found = n.Line, true
		}
	})
	return line
}
