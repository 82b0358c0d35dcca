package sarif

import (
	"cmp"
	"net/url"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// maxBases is how many bases of addresses may rest on each other.
const maxBases = 8

// locate returns the first place of a result that is in the workspace. A result
// about nothing in it is shown at the root, with the place that the tool names.
func (t translation) locate(places []location) gate.Location {
	elsewhere := gate.Location{Path: ".", Precision: gate.Fallback}
	for _, p := range places {
		object := ""
		if len(p.Logical) > 0 {
			object = cmp.Or(p.Logical[0].Full, p.Logical[0].Name)
		}
		file, ok := t.path(p.Physical.Artifact)
		if !ok {
			elsewhere.Object = cmp.Or(elsewhere.Object, object, file)
			continue
		}
		l := gate.Location{Path: file, Object: object, Range: t.span(file, p.Physical.Region)}
		if l.Line == 0 {
			l.Precision = gate.Inferred
		}
		return l
	}
	return elsewhere
}

// path returns the file of the workspace that an address means; ok is false
// where it means none, and the path is then what the address says.
func (t translation) path(a artifact) (file string, ok bool) {
	if a.URI == "" && a.Index != nil && *a.Index >= 0 && *a.Index < len(t.run.Artifacts) {
		a = t.run.Artifacts[*a.Index].Location
	}
	if a.URI == "" {
		return "", false
	}
	full, relative := t.resolve(a)
	for _, candidate := range append([]string{full, relative}, t.moved(full)...) {
		if name, ok := t.within(candidate); ok {
			return name, true
		}
	}
	return cmp.Or(relative, full), false
}

// maxMoved is how many other names of a path are tried: a runner gives it one.
const maxMoved = 8

// moved returns what a path may be called here: a runner checks out into a
// folder twice called like the repository, and shows it to containers under
// another name; and the workspace may be a folder of the repository.
func (t translation) moved(name string) (candidates []string) {
	name = path.Clean(name)
	absolute, whole := path.IsAbs(name), strings.TrimPrefix(name, "/")
	before, rest := "", whole
	for len(candidates) < maxMoved {
		folder, below, found := strings.Cut(rest, "/")
		upTo := whole[:len(whole)-len(rest)+len(folder)]
		if !found || !absolute && len(upTo) > len(t.tree.Dir()) {
			break
		}
		if absolute && folder == before || !absolute && endsIn(filepath.ToSlash(t.tree.Dir()), upTo) {
			candidates = append(candidates, below)
		}
		before, rest = folder, below
	}
	return candidates
}

// endsIn reports whether the last folders of a path are these.
func endsIn(dir, folders string) bool {
	head, found := strings.CutSuffix(dir, folders)
	return found && strings.HasSuffix(head, "/")
}

// resolve returns the path of an address with its base in front, and without. A
// base may be on another machine, where the same files were.
func (t translation) resolve(a artifact) (full, relative string) {
	relative, absolute := unescape(a.URI)
	full = relative
	for range maxBases {
		base, known := t.run.Bases[a.Base]
		if absolute || !known || base.URI == "" {
			break
		}
		var prefix string
		prefix, absolute = unescape(base.URI)
		full, a = path.Join(prefix, full), base
	}
	return full, relative
}

// unescape returns the path of a URI, and whether it is a whole one.
func unescape(uri string) (name string, absolute bool) {
	u, err := url.Parse(uri)
	switch {
	case err != nil, u.Scheme != "" && u.Scheme != "file", u.Host != "" && u.Host != "localhost":
		return uri, true
	case u.Opaque != "":
		return u.Opaque, false
	}
	return u.Path, u.Scheme == "file" || strings.HasPrefix(u.Path, "/")
}

// within returns the path of a file below the root of the workspace.
func (t translation) within(name string) (string, bool) {
	if path.IsAbs(name) {
		rel, err := filepath.Rel(t.tree.Dir(), filepath.FromSlash(name))
		if err != nil {
			return "", false
		}
		name = filepath.ToSlash(rel)
	}
	name = path.Clean(name)
	if name == "." || !filepath.IsLocal(filepath.FromSlash(name)) || !utf8.ValidString(name) {
		return "", false
	}
	return name, t.tree.Exists(name)
}

// span converts a region. SARIF counts columns in UTF-16 code units unless the
// run says otherwise; its end column is exclusive, as ours is.
func (t translation) span(file string, r region) gate.Range {
	if r.Line < 1 || t.tree.Lines(file) < r.Line {
		return gate.Range{}
	}
	got := gate.Range{Line: r.Line}
	if r.EndLine >= r.Line && r.EndLine <= t.tree.Lines(file) {
		got.EndLine = r.EndLine
	}
	got.Column = t.column(file, r.Line, r.Column)
	last := cmp.Or(got.EndLine, got.Line)
	if got.EndColumn = t.column(file, last, r.EndColumn); got.EndColumn > 0 {
		got.EndLine = last
	}
	if got.EndLine == got.Line && got.EndColumn > 0 && got.EndColumn < got.Column {
		got.EndLine, got.EndColumn = 0, 0
	}
	return got
}

// column converts a column into code points; one beyond the end of its line is
// the end.
func (t translation) column(file string, line, n int) int {
	if n < 1 {
		return 0
	}
	column, unit := 1, 1
	for _, r := range t.tree.Line(file, line) {
		if unit >= n {
			break
		}
		width := 1
		if t.run.ColumnKind != "unicodeCodePoints" {
			width = max(1, utf16.RuneLen(r))
		}
		unit += width
		column++
	}
	return column
}
