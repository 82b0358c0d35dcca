package scan

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/types"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/lockfile"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// A lockIndex knows where the lock files of a tree name a package, and what
// needs it. Nil knows nothing.
type lockIndex struct {
	places map[lockKey][]lockPlace // sorted by file
	inFile map[fileKey][]lockPlace // those in one file
}

type fileKey struct {
	lockKey
	file string
}

// A lockKey names a version of a package.
type lockKey struct{ ecosystem, name, version string }

// A lockPlace is where a lock file names a package.
type lockPlace struct {
	gate.Location
	via []string // from the direct dependency on; empty for a direct one
}

// newLockIndex indexes the packages of a scan of lock files.
func newLockIndex(tree *workspace.Tree, report types.Report) *lockIndex {
	x := &lockIndex{places: map[lockKey][]lockPlace{}, inFile: map[fileKey][]lockPlace{}}
	files := lockfile.NewFiles(tree.ReadFile)
	for _, r := range report.Results {
		index := files.Index(r.Target)
		paths := paths(graph(index, r.Packages))
		for _, p := range r.Packages {
			at := lockPlace{Location: place(index, r.Target, p), via: paths[p.ID]}
			if at.Line == 0 && r.Type == ftypes.Pom {
				at.Location = inherited(files, at.Location, p)
			}
			key := lockKey{ecosystem: ecosystem(r.Type), name: p.Name, version: p.Version}
			x.places[key] = append(x.places[key], at)
		}
	}
	for key, places := range x.places {
		slices.SortStableFunc(places, func(a, b lockPlace) int {
			return cmp.Or(cmp.Compare(strings.Count(a.Path, "/"), strings.Count(b.Path, "/")), cmp.Compare(a.Path, b.Path),
				a.Range.Compare(b.Range))
		})
		for _, p := range places {
			in := fileKey{lockKey: key, file: p.Path}
			x.inFile[in] = append(x.inFile[in], p)
		}
	}
	return x
}

// place is the line of a lock file that begins the entry of a package.
func place(index *lockfile.Index, file string, p ftypes.Package) gate.Location {
	first := 0
	if len(p.Locations) > 0 {
		first = p.Locations[0].StartLine
	}
	l := gate.Location{Path: file}
	var exact bool
	l.Range, exact = index.Find(p.Name, p.Version, first)
	if !exact {
		l.Precision = gate.Inferred
	}
	return l
}

// maxParents bounds how many parents of a Maven project are asked.
const maxParents = 16

// inherited is where the parent of a Maven project, or a parent of that, names a
// package; otherwise where the project itself is.
func inherited(files *lockfile.Files, own gate.Location, p ftypes.Package) gate.Location {
	for file, n := own.Path, 0; n < maxParents; n++ {
		parent := files.Parent(file)
		if parent == "" {
			break
		}
		file = path.Join(path.Dir(file), parent)
		if at := place(files.Index(file), file, p); at.Line > 0 && at.Precision == gate.Exact {
			return at
		}
	}
	return own
}

// graph fills in which package needs which, where only the file itself says it,
// and which are the direct dependencies, where no other file does: those that no
// package needs.
func graph(index *lockfile.Index, packages []ftypes.Package) []ftypes.Package {
	ids, needed, direct := map[string]string{}, map[string]bool{}, false
	for _, p := range packages {
		ids[p.Name], ids[p.Name+" "+p.Version] = p.ID, p.ID
		direct = direct || p.Relationship == ftypes.RelationshipDirect
	}
	all := slices.Clone(packages)
	for i, p := range all {
		all[i].DependsOn = needs(p, index.Needs(p.Name, p.Version), ids)
		for _, id := range all[i].DependsOn {
			needed[id] = needed[id] || id != p.ID
		}
	}
	for i, p := range all {
		if !direct && !needed[p.ID] {
			all[i].Relationship = ftypes.RelationshipDirect
		}
	}
	return all
}

// needs is what a package needs: in place of what the parser of the format says of
// a name, what the file says.
func needs(p ftypes.Package, said []string, ids map[string]string) []string {
	replaced := map[string]bool{}
	for _, need := range said {
		name, _, _ := strings.Cut(need, " ")
		if _, ok := ids[need]; ok {
			replaced[ids[name]] = true
		}
	}
	all := slices.DeleteFunc(slices.Clone(p.DependsOn), func(id string) bool { return replaced[id] })
	for _, need := range said {
		if id, ok := ids[need]; ok {
			all = append(all, id)
		}
	}
	return all
}

// maxVia is how many packages a way names at most: of a longer one its ends.
const maxVia = 8

// further is a way with one more package at its end.
func further(way []string, name string) []string {
	longer := append(slices.Clone(way), name)
	if len(longer) > maxVia {
		longer[maxVia/2] = "…"
		longer = slices.Delete(longer, maxVia/2+1, maxVia/2+2)
	}
	return longer
}

// paths returns, for each package that others need, a shortest way to it: the
// direct dependency first, the package that needs it last.
func paths(packages []ftypes.Package) map[string][]string {
	byID := map[string]ftypes.Package{}
	known := map[string][]string{}
	var next []string
	for _, p := range packages {
		byID[p.ID] = p
		if p.Relationship == ftypes.RelationshipDirect {
			next, known[p.ID] = append(next, p.ID), nil
		}
	}
	slices.Sort(next)
	next = slices.Compact(next)
	for len(next) > 0 {
		var beyond []string
		for _, id := range next {
			for _, needed := range slices.Sorted(slices.Values(byID[id].DependsOn)) {
				if _, done := known[needed]; !done {
					known[needed] = further(known[id], byID[id].Name)
					beyond = append(beyond, needed)
				}
			}
		}
		next = beyond
	}
	return known
}

// find returns the places of a version of a package: those in the named file, if
// there are any.
func (x *lockIndex) find(s image.Subject) []lockPlace {
	if x == nil {
		return nil
	}
	key := lockKey{ecosystem: s.Ecosystem, name: s.Package, version: s.Version}
	if in := x.inFile[fileKey{lockKey: key, file: s.File}]; len(in) > 0 {
		return in
	}
	return x.places[key]
}

// locate returns the place of a package of a lock file.
func (x *lockIndex) locate(s image.Subject) gate.Location {
	if places := x.find(s); len(places) > 0 {
		return places[0].Location
	}
	return gate.Location{Path: cmp.Or(s.File, "."), Precision: gate.Fallback}
}

// via names what brings a package: the direct dependency first.
func (x *lockIndex) via(s image.Subject) []string {
	if places := x.find(s); len(places) > 0 {
		return places[0].via
	}
	return nil
}

// before returns a locate that knows the packages of an image which a lock file
// of the tree names, in this version. What the base image brought is not from
// the tree, and neither is an image of somebody else.
func (x *lockIndex) before(locate func(image.Subject) gate.Location) func(image.Subject) gate.Location {
	return func(s image.Subject) gate.Location {
		if s.Origin.Inherited || s.Named.Path != "" && s.Origin.Path == "" {
			return locate(s)
		}
		places := x.find(s)
		if len(places) == 0 {
			return locate(s)
		}
		at := places[0].Location
		if len(places) > 1 && places[1].Path != at.Path {
			at.Precision = gate.Inferred // another lock file has the same
		}
		return at
	}
}

// brought adds to message and hint of a finding what brings its package.
func (t translation) brought(f gate.Finding, s image.Subject) (message, hint string) {
	if t.via == nil || s.Ecosystem == "" {
		return f.Message, f.Hint
	}
	via := t.via(s)
	if len(via) == 0 {
		return f.Message, f.Hint
	}
	message = f.Message + ", via " + strings.Join(via, " > ")
	if fixed := f.Packages[0].Fixed; fixed != "" {
		return message, fmt.Sprintf("upgrade %s to a version that brings %s %s, or pin that", via[0], f.Packages[0].Name, nearest(f.Packages[0]))
	}
	return message, f.Hint
}
