package kustomize

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// mount is where the engine sees the workspace. Nothing else is there, and
// nothing above it.
const mount = "/workspace"

// limits are what one rendering may read.
type limits struct{ files, bytes int }

var standard = limits{files: 20_000, bytes: 256 << 20}

// A files is the workspace as the engine may see it: to be read only, and to an
// end when its context ends.
type files struct {
	ctx  context.Context //nolint:containedctx // the engine takes none
	job  *job
	edit map[string][]byte // what is read in the place of a file

	read, bytes int
	failed      error // what ended the rendering, in plain words
}

// name returns the path in the workspace of one that the engine has.
func (f *files) name(full string) (string, bool) {
	full = path.Clean(full)
	if full == mount {
		return ".", true
	}
	return strings.CutPrefix(full, mount+"/")
}

func (f *files) IsDir(full string) bool {
	name, ok := f.name(full)
	return ok && f.job.dirs[name]
}

func (f *files) Exists(full string) bool {
	name, ok := f.name(full)
	return ok && (f.job.dirs[name] || f.job.files[name])
}

func (f *files) CleanedAbs(full string) (filesys.ConfirmedDir, string, error) {
	if !path.IsAbs(full) {
		full = path.Join(mount, full)
	}
	full = path.Clean(full)
	switch {
	case f.IsDir(full):
		return filesys.ConfirmedDir(full), "", nil
	case f.Exists(full):
		return filesys.ConfirmedDir(path.Dir(full)), path.Base(full), nil
	}
	return "", "", fmt.Errorf("%q is no file or folder of the workspace", strings.TrimPrefix(full, mount+"/"))
}

func (f *files) ReadFile(full string) ([]byte, error) {
	name, ok := f.name(full)
	if err := context.Cause(f.ctx); err != nil {
		return nil, err
	}
	if !ok || !f.job.files[name] {
		return nil, fmt.Errorf("%q: %w", name, fs.ErrNotExist)
	}
	data, err := f.job.tree.ReadFile(name)
	if err != nil {
		return nil, err
	}
	f.read, f.bytes = f.read+1, f.bytes+len(data)
	if f.read > f.job.limits.files || f.bytes > f.job.limits.bytes {
		f.failed = fmt.Errorf("the kustomization reads more than the limit of %d files or %d MiB", f.job.limits.files, f.job.limits.bytes>>20)
		return nil, f.failed
	}
	if edited, ok := f.edit[name]; ok {
		return edited, nil
	}
	if bytes.IndexByte(data, '*') >= 0 {
		if err := lightDocuments(data); err != nil {
			f.failed = fault(name, 0, err, "write the values out")
			return nil, f.failed
		}
	}
	return data, nil
}

func (f *files) Glob(pattern string) ([]string, error) {
	var found []string
	for name := range f.job.files {
		full := path.Join(mount, name)
		if ok, err := filepath.Match(pattern, full); err != nil {
			return nil, err
		} else if ok {
			found = append(found, full)
		}
	}
	return found, nil
}

var errReadOnly = errors.New("the workspace is read only")

func (f *files) Create(string) (filesys.File, error)  { return nil, errReadOnly }
func (f *files) Mkdir(string) error                   { return errReadOnly }
func (f *files) MkdirAll(string) error                { return errReadOnly }
func (f *files) RemoveAll(string) error               { return errReadOnly }
func (f *files) Open(string) (filesys.File, error)    { return nil, errReadOnly }
func (f *files) WriteFile(string, []byte) error       { return errReadOnly }
func (f *files) ReadDir(string) ([]string, error)     { return nil, errReadOnly }
func (f *files) Walk(string, filepath.WalkFunc) error { return errReadOnly }

// maxValues is how many values a document may have when every alias has been
// replaced by what it stands for.
const maxValues = 2_000_000

var errValues = fmt.Errorf("more than %d values in one document, counting what aliases stand for", maxValues)

// lightDocuments refuses text whose aliases stand for too much. What is no YAML
// has none.
func lightDocuments(data []byte) error {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var root yaml.Node
		if dec.Decode(&root) != nil {
			return nil
		}
		if err := light(&root); err != nil {
			return err
		}
	}
}

func light(root *yaml.Node) error {
	known := map[*yaml.Node]int{}
	var weight func(n *yaml.Node) int
	weight = func(n *yaml.Node) int {
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if w, ok := known[n]; ok {
			return w
		}
		known[n] = maxValues + 1 // what contains itself has no end
		sum := 1
		for _, child := range n.Content {
			if sum += weight(child); sum > maxValues {
				return maxValues + 1
			}
		}
		known[n] = sum
		return sum
	}
	if weight(root) > maxValues {
		return errValues
	}
	return nil
}
