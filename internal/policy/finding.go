package policy

import (
	"cmp"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// A finder turns results into findings.
type finder struct {
	tree    *workspace.Tree
	secrets map[string][]gate.Range // where Secrets stand, by path
}

func newFinder(tree *workspace.Tree, objects []*manifest.Object) finder {
	f := finder{tree: tree, secrets: map[string][]gate.Range{}}
	for _, o := range objects {
		if place, ok := o.Locate(); ok && o.Kind == "Secret" {
			f.secrets[o.Path] = append(f.secrets[o.Path], place)
		}
	}
	return f
}

// secret reports whether a line may show the value of a Secret, which it does
// also for another object's finding where a whole list stands on one line.
func (f finder) secret(at gate.Location) bool {
	return slices.ContainsFunc(f.secrets[at.Path], func(r gate.Range) bool {
		return r.Line <= at.Line && at.Line <= r.EndLine
	})
}

// hide keeps the lines of findings out of the report that may show a Secret.
func (f finder) hide(findings []gate.Finding) []gate.Finding {
	for i := range findings {
		findings[i].Sensitive = findings[i].Sensitive || f.secret(findings[i].Location)
	}
	return findings
}

func (f finder) findings(c check) []gate.Finding {
	var all []gate.Finding
	for _, r := range c.results {
		all = append(all, f.finding(r, c.object))
	}
	return all
}

// finding says of a result what is known: what the result itself says comes
// first, then the METADATA of its definition, then that of its rule.
func (f finder) finding(r observation, o *manifest.Object) gate.Finding {
	d := r.details.or(r.rule.byPlace[r.definition]).or(r.rule.details)
	id := cmp.Or(d.ID, r.rule.id())
	layer := gate.Layer(d.Layer)
	if !slices.Contains([]gate.Layer{gate.Code, gate.Container, gate.Cluster, gate.Cloud}, layer) {
		layer = gate.Cluster
	}
	at := f.location(r, o)
	return gate.Finding{
		Rule:      id,
		Severity:  d.severity(r.rule.severity()),
		Layer:     layer,
		Title:     cmp.Or(d.Title, id),
		Message:   r.message,
		Hint:      d.Hint,
		URL:       d.URL,
		Location:  at,
		Sensitive: d.Sensitive != nil && *d.Sensitive || f.secret(at),
		Controls:  d.Controls,
	}
}

// location is where the result says, or at the field that it names, or at the
// field that its rule read, or at the first line of the object.
func (f finder) location(r observation, o *manifest.Object) gate.Location {
	at := gate.Location{Path: o.Path, Object: o.String()}
	if r.details.Line > 0 {
		at.Line = r.details.Line
		at.Path = cmp.Or(f.inTree(r.details.File), o.Path)
		return at
	}
	for _, step := range []struct {
		path      []any
		precision gate.Precision
	}{{r.details.Path, gate.Exact}, {r.read, gate.Inferred}} {
		if len(step.path) == 0 {
			continue
		}
		if place, depth := o.Nearest(existing(step.path, o.Value)...); depth > 0 {
			at.Range, at.Precision = place, step.precision
			return at
		}
	}
	at.Range, at.Precision = o.First(), gate.Fallback
	return at
}

// inTree returns a file name that a policy gives as a path of the workspace, or
// "" if there is no such file in it.
func (f finder) inTree(name string) string {
	if name == "" {
		return ""
	}
	if filepath.IsAbs(name) {
		rel, err := filepath.Rel(f.tree.Dir(), name)
		if err != nil {
			return ""
		}
		name = filepath.ToSlash(rel)
	}
	name = path.Clean(name)
	if strings.HasPrefix(name, "../") {
		return ""
	}
	if _, err := f.tree.ReadFile(name); err != nil {
		return ""
	}
	return name
}
