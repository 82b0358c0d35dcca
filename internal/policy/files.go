package policy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// A source is a file of policies or data, as it was read from the workspace.
type source struct {
	path string
	data []byte
}

// collectFiles reads the files below the patterns that have one of the
// extensions. A pattern that gives none is an error, and so is a path there
// that cannot be read, such as a link that leaves the workspace.
func collectFiles(ctx context.Context, tree *workspace.Tree, key string, patterns, extensions []string) ([]source, error) {
	files, err := tree.Files(ctx)
	if err != nil {
		return nil, err
	}
	refused, err := tree.RefusedPaths(ctx)
	if err != nil {
		return nil, err
	}
	var errs []error
	found := map[string]bool{}
	for _, pattern := range patterns {
		in := func(name string) bool {
			return slices.Contains(extensions, path.Ext(name)) && workspace.Match([]string{pattern}, name)
		}
		if !slices.ContainsFunc(files, in) {
			errs = append(errs, &gate.CheckError{
				Err:  fmt.Errorf("%s: no %s file in %q", key, strings.Join(extensions, " or "), pattern),
				Hint: "correct the path or remove it",
			})
		}
		for _, name := range files {
			found[name] = found[name] || in(name)
		}
		for _, name := range refused {
			folder := path.Ext(name) == "" && workspace.Match([]string{pattern}, name)
			if in(name) || folder {
				errs = append(errs, located(name, nil, tree.Refused(name)))
			}
		}
	}
	var sources []source
	for _, name := range files {
		if !found[name] {
			continue
		}
		data, err := tree.ReadFile(name)
		errs = append(errs, err)
		sources = append(sources, source{path: name, data: data})
	}
	return sources, errors.Join(errs...)
}

// digest is the identity of a set of policies and data: SHA-256 over their
// sorted paths and contents.
func digest(sources []source) string {
	sources = slices.Clone(sources)
	slices.SortFunc(sources, func(a, b source) int { return strings.Compare(a.path, b.path) })
	h := sha256.New()
	for _, s := range sources {
		fmt.Fprintf(h, "%d:%s%d:", len(s.path), s.path, len(s.data))
		h.Write(s.data)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// write copies sources below a folder of the host. The loader reads from disk
// only: a copy of what was read, and digested, cannot change under it and has
// no links.
func write(dir string, sources []source) error {
	for _, s := range sources {
		name := filepath.Join(dir, filepath.FromSlash(s.path))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(name, s.data, 0o600); err != nil {
			return err
		}
	}
	return nil
}
