package workspace

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// walked is what one walk over the tree found.
type walked struct {
	files   []string
	refused map[string]error
	err     error
}

// Files returns the regular files of the tree as slash-separated paths below
// the root, sorted; links to regular files inside the root count as such. The
// .git folder and excluded paths are left out. The tree is walked once.
func (t *Tree) Files(ctx context.Context) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := t.walk()
	return slices.Clone(w.files), w.err
}

// RefusedPaths returns the paths of the tree that are neither folders nor
// readable files, sorted: links that leave the root or lead nowhere, FIFOs,
// sockets and devices.
func (t *Tree) RefusedPaths(ctx context.Context) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := t.walk()
	return slices.Sorted(maps.Keys(w.refused)), w.err
}

// Refused says why a path that the walk met is not a readable file, or returns
// nil.
func (t *Tree) Refused(name string) error { return t.walk().refused[name] }

func (t *Tree) walkOnce() walked {
	w := walked{refused: map[string]error{}}
	w.err = fs.WalkDir(t.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case name == ".":
			return err
		case d != nil && d.IsDir() && (d.Name() == ".git" || Match(t.exclude, name)):
			return fs.SkipDir
		case err != nil:
			w.refused[name] = cause(err)
			return nil
		case d.IsDir() || d.Name() == ".git" || Match(t.exclude, name):
			return nil
		case len(w.files) >= MaxFiles:
			return fmt.Errorf("the workspace has more than %d files", MaxFiles)
		}
		t.visit(&w, name, d)
		return nil
	})
	slices.Sort(w.files)
	return w
}

// visit files one path that is not a folder.
func (t *Tree) visit(w *walked, name string, d fs.DirEntry) {
	if d.Type().IsRegular() {
		w.files = append(w.files, name)
		return
	}
	info, err := t.root.Stat(name) // follows links, inside the root only
	if err == nil && info.IsDir() {
		return // what it leads to is walked under its own name
	}
	if err == nil {
		err = readable(info)
	}
	if err != nil {
		w.refused[name] = cause(err)
		return
	}
	w.files = append(w.files, name)
}

// Match reports whether a slash-separated path matches one of the patterns:
// doublestar globs ("deploy/**", "**/Dockerfile*"), where a pattern that names
// a folder, with or without a slash at its end, stands for all that is below.
func Match(patterns []string, name string) bool {
	for _, p := range patterns {
		p = strings.TrimSuffix(path.Clean(p), "/")
		if p == "." || doublestar.MatchUnvalidated(p, name) || doublestar.MatchUnvalidated(p+"/**", name) {
			return true
		}
	}
	return false
}

// ValidPatterns returns an error that names the first pattern that is not a
// valid glob.
func ValidPatterns(patterns []string) error {
	for _, p := range patterns {
		if !doublestar.ValidatePattern(p) {
			return fmt.Errorf("invalid glob pattern %q", p)
		}
	}
	return nil
}
