package base_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/portcullis-ci/portcullis/internal/workspace"
	"github.com/portcullis-ci/portcullis/internal/workspace/base"
)

// A repo is a git repository with commits made of files.
type repo struct {
	t   *testing.T
	dir string
	git *git.Repository
}

func newRepo(t *testing.T) *repo {
	t.Helper()
	dir := t.TempDir()
	g, err := git.PlainInit(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	return &repo{t: t, dir: dir, git: g}
}

// commit makes the work tree hold exactly these files and commits it. A value
// that begins with "->" is a symbolic link.
func (r *repo) commit(files map[string]string, parents ...plumbing.Hash) plumbing.Hash {
	r.t.Helper()
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != ".git" {
			os.RemoveAll(filepath.Join(r.dir, e.Name()))
		}
	}
	for name, text := range files {
		full := filepath.Join(r.dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			r.t.Fatal(err)
		}
		if target, link := strings.CutPrefix(text, "->"); link {
			err = os.Symlink(target, full)
		} else {
			err = os.WriteFile(full, []byte(text), 0o644)
		}
		if err != nil {
			r.t.Fatal(err)
		}
	}
	w, err := r.git.Worktree()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := w.AddWithOptions(&git.AddOptions{All: true}); err != nil {
		r.t.Fatal(err)
	}
	hash, err := w.Commit("c", &git.CommitOptions{
		Author: &object.Signature{Name: "a", Email: "a@example.com", When: time.Unix(1, 0)}, Parents: parents, AllowEmptyCommits: true,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return hash
}

// TestR01FindChoosesTheBase holds that the base is never a commit of the change.
func TestR01FindChoosesTheBase(t *testing.T) {
	r := newRepo(t)
	stale := r.commit(map[string]string{"f": "stale"})
	target := r.commit(map[string]string{"f": "target"}, stale)
	head := r.commit(map[string]string{"f": "head"}, stale)
	check := func(want plumbing.Hash, wantErr, head, target string) {
		t.Helper()
		c, err := base.Find(r.dir, head, target)
		switch {
		case wantErr != "" && (err == nil || !strings.Contains(err.Error(), wantErr)):
			t.Errorf("error is %v, want %q", err, wantErr)
		case wantErr == "" && err != nil:
			t.Error(err)
		case wantErr == "" && c.SHA != want.String():
			t.Errorf("base is %s, want %s", c.SHA, want)
		}
	}
	check(stale, "", head.String(), stale.String()) // the head is checked out
	check(plumbing.ZeroHash, "neither", head.String(), "")
	check(plumbing.ZeroHash, "neither", target.String(), stale.String())
	check(plumbing.ZeroHash, "reading the base commit", head.String(), strings.Repeat("1", 40))
	r.commit(map[string]string{"f": "merged"}, target, head)
	check(target, "", head.String(), stale.String()) // GitHub's merge commit; the event's target is older
	if _, err := base.Find(t.TempDir(), head.String(), stale.String()); err == nil {
		t.Error("a folder without a repository has a base")
	}
}

func TestR01ReadsTheBase(t *testing.T) {
	r := newRepo(t)
	old := r.commit(map[string]string{
		"app/portcullis.yaml": "old", "app/policy/a.rego": "a", "app/policy/b.rego": "b", "app/link": "->portcullis.yaml", "outside": "x",
	})
	head := r.commit(map[string]string{
		"app/portcullis.yaml": "new", "app/policy/a.rego": "a", "app/policy/c.rego": "c", "app/.hadolint.yaml": "added",
	}, old)
	sub := filepath.Join(r.dir, "app")
	c, err := base.Find(sub, head.String(), old.String())
	if err != nil {
		t.Fatal(err)
	}
	if b, err := c.ReadFile("portcullis.yaml"); err != nil || string(b) != "old" {
		t.Errorf("got %q, %v", b, err)
	}
	for _, name := range []string{".hadolint.yaml", "outside", "../outside", "policy/c.rego"} {
		if b, err := c.ReadFile(name); !errors.Is(err, fs.ErrNotExist) && name != "../outside" || err == nil {
			t.Errorf("%s: got %q, %v, want no such file", name, b, err)
		}
	}
	if _, err := c.ReadFile("link"); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a link: %v", err)
	}
	dir := t.TempDir()
	if err := c.Extract(t.Context(), dir, []string{"policy/"}); err != nil {
		t.Fatal(err)
	}
	got, err := filepath.Glob(filepath.Join(dir, "*/*"))
	if err != nil || len(got) != 2 || filepath.Base(got[0]) != "a.rego" || filepath.Base(got[1]) != "b.rego" {
		t.Errorf("extracted %q, %v", got, err)
	}
	tree, err := workspace.Open(sub, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	changed, err := c.Changed(t.Context(), tree, []string{"portcullis.yaml", ".hadolint.yaml", "policy/"})
	if want := []string{".hadolint.yaml", "policy/b.rego", "policy/c.rego", "portcullis.yaml"}; err != nil || !slices.Equal(changed, want) {
		t.Errorf("changed are %q, %v, want %q", changed, err, want)
	}
}
