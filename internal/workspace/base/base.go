// Package base reads files from the commit that a change is to be merged into:
// what decides about a change must not come from the change. It reads git
// objects and runs no git.
package base

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// A Commit is the base of a change.
type Commit struct {
	SHA    string
	mu     sync.Mutex // git objects are read by one goroutine at a time
	tree   *object.Tree
	head   *object.Tree // of the newest commit of the change; nil: it is not here
	root   string       // folder of the repository
	prefix string       // of the workspace in the repository: "" or "dir/"
}

// Repository returns the commit as the base of the whole repository, and the
// folder that this is in. Of a workspace that is the repository it is the same.
func (c *Commit) Repository() (*Commit, string) {
	return &Commit{SHA: c.SHA, tree: c.tree, root: c.root}, c.root
}

// Root is the path of the workspace in the repository, "" if they are the same.
func (c *Commit) Root() string { return strings.TrimSuffix(c.prefix, "/") }

// Find returns the base of the change that is checked out in the folder dir.
// Head is the newest commit of the change and target the tip of the branch that
// it is for, both as the event names them. If the checked-out commit is a merge
// of head, the base is what head was merged with, for the event's target may be
// older; if it is head itself, the base is target. Any other commit has none.
func Find(dir, head, target string) (*Commit, error) {
	repository, err := git.PlainOpenWithOptions(dir, &git.PlainOpenOptions{DetectDotGit: true, EnableDotGitCommonDir: true})
	if err != nil {
		return nil, fmt.Errorf("opening the git repository of the workspace: %w", err)
	}
	ref, err := repository.Head()
	if err != nil {
		return nil, fmt.Errorf("reading the checked-out commit: %w", err)
	}
	checked, err := repository.CommitObject(ref.Hash())
	if err != nil {
		return nil, fmt.Errorf("reading the checked-out commit %s: %w", ref.Hash(), err)
	}
	sha, err := baseOf(checked, plumbing.NewHash(head), plumbing.NewHash(target))
	if err != nil {
		return nil, err
	}
	commit, err := repository.CommitObject(sha)
	if err != nil {
		return nil, fmt.Errorf("reading the base commit %s: %w", sha, err)
	}
	tree, err := commit.Tree()
	if err != nil {
		return nil, fmt.Errorf("reading the base commit %s: %w", sha, err)
	}
	root, prefix, err := prefixOf(repository, dir)
	return &Commit{SHA: sha.String(), tree: tree, head: headOf(repository, head), root: root, prefix: prefix}, err
}

// headOf returns the files of a commit, or nil.
func headOf(repository *git.Repository, head string) *object.Tree {
	commit, err := repository.CommitObject(plumbing.NewHash(head))
	if err != nil {
		return nil
	}
	tree, err := commit.Tree()
	if err != nil {
		return nil
	}
	return tree
}

// baseOf chooses the base of the checked-out commit.
func baseOf(checked *object.Commit, head, target plumbing.Hash) (plumbing.Hash, error) {
	if len(checked.ParentHashes) == 2 && slices.Contains(checked.ParentHashes, head) {
		for _, parent := range checked.ParentHashes {
			if parent != head {
				return parent, nil
			}
		}
	}
	if checked.Hash == head && !target.IsZero() {
		return target, nil
	}
	return plumbing.ZeroHash, fmt.Errorf("the checked-out commit %s is neither %s nor a merge of it", checked.Hash, head)
}

// prefixOf returns the folder of the repository and where the workspace is in it.
func prefixOf(repository *git.Repository, dir string) (root, prefix string, err error) {
	worktree, err := repository.Worktree()
	if err != nil {
		return "", "", err
	}
	if root, err = filepath.EvalSymlinks(worktree.Filesystem.Root()); err != nil {
		return "", "", err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", "", err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return "", "", err
	}
	rel, err := filepath.Rel(root, dir)
	if err != nil || rel == "." {
		return root, "", err
	}
	return root, filepath.ToSlash(rel) + "/", nil
}

// ReadFile returns the bytes of the file name, a slash-separated path below the
// workspace. It may be called from several goroutines. Its error is [fs.ErrNotExist] where the base has no such file.
func (c *Commit) ReadFile(name string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, err := c.tree.File(c.prefix + path.Clean(name))
	if errors.Is(err, object.ErrFileNotFound) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, fmt.Errorf("reading %q of commit %s: %w", name, c.SHA, err)
	}
	return c.read(f, name)
}

func (c *Commit) read(f *object.File, name string) ([]byte, error) {
	switch {
	case f.Mode != filemode.Regular && f.Mode != filemode.Executable && f.Mode != filemode.Deprecated:
		return nil, fmt.Errorf("reading %q of commit %s: not a regular file (%s)", name, c.SHA, f.Mode)
	case f.Size > workspace.MaxFileSize:
		return nil, fmt.Errorf("reading %q of commit %s: larger than the limit of %d MiB", name, c.SHA, workspace.MaxFileSize>>20)
	}
	r, err := f.Reader()
	if err != nil {
		return nil, fmt.Errorf("reading %q of commit %s: %w", name, c.SHA, err)
	}
	defer r.Close()
	return io.ReadAll(r)
}

// Extract writes the files that match the patterns into the folder dir, under
// their names in the workspace.
func (c *Commit) Extract(ctx context.Context, dir string, patterns []string) error {
	return c.each(ctx, patterns, func(name string, f *object.File) error {
		data, err := c.read(f, name)
		if err != nil {
			return err
		}
		target := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o644)
	})
}

// Changed returns the names of the files that match the patterns and are not
// the same in the workspace as in the base, sorted: changed, added or removed.
func (c *Commit) Changed(ctx context.Context, tree *workspace.Tree, patterns []string) ([]string, error) {
	var changed []string
	known := map[string]bool{}
	err := c.each(ctx, patterns, func(name string, f *object.File) error {
		known[name] = true
		data, err := tree.ReadFile(name)
		if err != nil || plumbing.ComputeHash(plumbing.BlobObject, data) != f.Hash {
			changed = append(changed, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	files, err := tree.Files(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		if !known[name] && workspace.Match(patterns, name) {
			changed = append(changed, name)
		}
	}
	slices.Sort(changed)
	return changed, nil
}

// each calls f for every file of the workspace in the base that matches.
func (c *Commit) each(ctx context.Context, patterns []string, f func(string, *object.File) error) error {
	return c.tree.Files().ForEach(func(file *object.File) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		name, inside := strings.CutPrefix(file.Name, c.prefix)
		if !inside || !workspace.Match(patterns, name) {
			return nil
		}
		return f(name, file)
	})
}
