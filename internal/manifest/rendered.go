package manifest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// A Renderer makes manifests of the files of a tree that are none by
// themselves: the templates of charts, the bases and patches of overlays.
// Globs tell which files are asked for; see [Wants]. The error joins a
// [*gate.CheckError] for everything that could not be rendered.
type Renderer func(ctx context.Context, tree *workspace.Tree, globs []string) (Rendered, error)

// Wants reports whether globs ask for a file, whatever its name ends with.
func Wants(globs []string, name string) bool { return len(globs) == 0 || workspace.Match(globs, name) }

// Rendered is what a renderer made.
type Rendered struct {
	Texts []Text
	// Claimed reports whether the renderer answers for a file, so that it is not
	// read as a manifest too. Nil: for none.
	Claimed func(name string) bool
	Notes   []string
}

// A Text is a manifest that a renderer made.
type Text struct {
	// Path names the text. It is no file of the tree and begins with File. Of
	// several texts with one path the later ones get a number.
	Path string
	// File is the file of the tree that the text stands for.
	File string
	// Variant tells it from other texts of the same files: the values, or the
	// overlay. Empty: there is no other. Variants counts those that are made with
	// a file of the tree.
	Variant  string
	Variants func(file string) int
	Data     []byte
	// Trace returns the place in the tree that a place in the text was made of.
	// If it returns an Object, findings that differ by Variant only have it in
	// common.
	Trace func(gate.Range) gate.Location

	lines []string
}

// line returns a line of the text without the space around it.
func (t *Text) line(n int) string {
	if t.lines == nil {
		t.lines = strings.Split(string(t.Data), "\n")
	}
	if n < 1 || n > len(t.lines) {
		return ""
	}
	return strings.TrimSpace(t.lines[n-1])
}

// Texts are what renderers made of a tree, by path.
type Texts struct{ byPath map[string]*Text }

func textsOf(all []Text) Texts {
	t := Texts{byPath: make(map[string]*Text, len(all))}
	for i, text := range all {
		for n := 2; t.byPath[text.Path] != nil; n++ { // a chart used under two names
			text.Path = fmt.Sprintf("%s #%d", all[i].Path, n)
		}
		t.byPath[text.Path] = &text
	}
	return t
}

// Place returns the place in the tree that a place in rendered text was made
// of. A place in a file is returned as it is.
func (t Texts) Place(at gate.Location) gate.Location {
	text, ok := t.byPath[at.Path]
	if !ok {
		return at
	}
	origin, _ := text.place(at)
	return origin
}

// place returns where a place in the text comes from, and the object that
// variants have in common.
func (t *Text) place(at gate.Location) (origin gate.Location, shared string) {
	origin = t.Trace(at.Range)
	shared = cmp.Or(origin.Object, at.Object)
	origin.Precision = max(origin.Precision, at.Precision)
	origin.Object = at.Object
	return origin, shared
}

// Trace returns findings with their places in the tree. A finding at a place
// that is not exact shows the line that was rendered, unless that is a secret.
// What several variants of the same files have in common is one finding, which
// names them, unless that are all.
func (t Texts) Trace(findings []gate.Finding) []gate.Finding {
	var all []gate.Finding
	seen := map[string]int{}
	variants := map[int][]string{}
	common := map[int]bool{}
	for _, finding := range findings {
		text, ok := t.byPath[finding.Path]
		if !ok {
			all = append(all, finding)
			continue
		}
		rendered := text.line(finding.Line)
		var shared string
		finding.Location, shared = text.place(finding.Location)
		key := fmt.Sprintf("%q", []any{finding.Rule, finding.Location.String(), finding.Range, shared, finding.Message})
		n, known := seen[key]
		switch {
		case !known:
			n = len(all)
			seen[key] = n
			if finding.Precision != gate.Exact && !finding.Sensitive && rendered != "" {
				finding.Message += fmt.Sprintf(" (rendered: %q)", rendered)
			}
			finding.Fix = nil // it would change the text
			all = append(all, finding)
		case all[n].Object != finding.Object:
			all[n].Object = shared
		}
		if text.Variant != "" && !slices.Contains(variants[n], text.Variant) {
			variants[n] = append(variants[n], text.Variant)
			common[n] = len(variants[n]) == text.Variants(finding.Path)
		}
	}
	for n, names := range variants {
		if common[n] {
			continue
		}
		slices.Sort(names)
		all[n].Message += " (with " + strings.Join(names, ", ") + ")"
	}
	return all
}

// TraceErrors gives the errors that are joined in err their places in the tree.
func (t Texts) TraceErrors(err error) error {
	for _, e := range flat(err) {
		var check *gate.CheckError
		if !errors.As(e, &check) {
			continue
		}
		if text, ok := t.byPath[check.Location.Path]; ok {
			line := check.Location.Line
			check.Location = t.Place(check.Location)
			check.Hint = cmp.Or(check.Hint, fmt.Sprintf("it is about line %d of what was rendered", line))
			if text.Variant != "" {
				check.Err = fmt.Errorf("with %s: %w", text.Variant, check.Err)
			}
		}
	}
	return err
}

// flat returns the errors that are joined in err.
func flat(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // the outermost error itself
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, flat(e)...)
	}
	return all
}

// visit reads the texts, and gives the objects of each to a function.
func (t Texts) visit(visit func([]*Object) error) ([]result, error) {
	var results []result
	for _, path := range slices.Sorted(maps.Keys(t.byPath)) {
		text := t.byPath[path]
		objects, err := Read(path, text.Data)
		if onlyForeign(err) && len(objects) == 0 {
			err = nil // a template that makes a comment
		}
		for _, o := range objects {
			o.file = text.File
		}
		results = append(results, result{name: path, objects: len(objects), err: t.TraceErrors(err)})
		if len(objects) == 0 {
			continue
		}
		if err := visit(objects); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// render runs the renderers and puts together what they made.
func render(ctx context.Context, tree *workspace.Tree, globs []string, renderers []Renderer) (Rendered, error) {
	var all Rendered
	var errs []error
	var claims []func(string) bool
	for _, renderer := range renderers {
		rendered, err := renderer(ctx, tree, globs)
		errs = append(errs, err)
		all.Texts = append(all.Texts, rendered.Texts...)
		all.Notes = append(all.Notes, rendered.Notes...)
		if rendered.Claimed != nil {
			claims = append(claims, rendered.Claimed)
		}
	}
	all.Claimed = func(name string) bool {
		return slices.ContainsFunc(claims, func(claims func(string) bool) bool { return claims(name) })
	}
	return all, errors.Join(errs...)
}

// Once returns a renderer that renders the same files only once, for those who
// read the manifests of a tree several times. It may be called at once from
// several goroutines.
func Once(renderer Renderer) Renderer {
	type key struct {
		tree  *workspace.Tree
		globs string
	}
	type outcome struct {
		rendered Rendered
		err      error
	}
	var mu sync.Mutex
	done := map[key]outcome{}
	return func(ctx context.Context, tree *workspace.Tree, globs []string) (Rendered, error) {
		mu.Lock()
		defer mu.Unlock()
		k := key{tree: tree, globs: strings.Join(globs, "\n")}
		if o, ok := done[k]; ok {
			return o.rendered, o.err
		}
		var o outcome
		o.rendered, o.err = renderer(ctx, tree, globs)
		if ctx.Err() == nil {
			done[k] = o
		}
		return o.rendered, o.err
	}
}
