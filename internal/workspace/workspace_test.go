package workspace_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// tree writes files into a new folder. A value that begins with "->" is the
// target of a symbolic link.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, ok := strings.CutPrefix(text, "->"); ok {
			err = os.Symlink(target, full)
		} else {
			err = os.WriteFile(full, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t *testing.T, dir string, exclude ...string) *workspace.Tree {
	t.Helper()
	w, err := workspace.Open(dir, exclude)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func TestFiles(t *testing.T) {
	w := open(t, tree(t, map[string]string{
		"b.yaml": "", "a/c.yaml": "", "a-b": "", ".git/config": "", "sub/.git": "gitdir: x",
		"third_party/x/y": "", "link.yaml": "->b.yaml",
	}), "third_party/**")
	got, err := w.Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a-b", "a/c.yaml", "b.yaml", "link.yaml"}; !slices.Equal(got, want) {
		t.Errorf("files are %q, want %q", got, want)
	}
}

// TestR21 holds that nothing outside the root is read and that nothing blocks:
// links that leave the tree, loops, FIFOs and devices are named and refused.
func TestR21RefusesWhatLeavesTheTree(t *testing.T) {
	outside := tree(t, map[string]string{"secret": "canary", "dir/secret": "canary"})
	dir := tree(t, map[string]string{
		"ok.yaml": "a: 1", "abs": "->" + outside + "/secret", "environ": "->/proc/self/environ",
		"up": "->../../../../../../etc/passwd", "loop1": "->loop2", "loop2": "->loop1", "gone": "->nothing",
		"folder": "->" + outside + "/dir", "inside": "->ok.yaml", "null": "->/dev/null",
	})
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := open(t, dir)
	refused, err := w.RefusedPaths(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"abs", "environ", "fifo", "folder", "gone", "loop1", "loop2", "null", "up"}
	if !slices.Equal(refused, want) {
		t.Errorf("refused are %q, want %q", refused, want)
	}
	for _, name := range append(want, "folder/secret", "../x", "/etc/passwd") {
		b, err := w.ReadFile(name)
		if err == nil {
			t.Errorf("ReadFile(%q) returned %q, want an error", name, b)
		}
	}
	if b, err := w.ReadFile("inside"); err != nil || string(b) != "a: 1" {
		t.Errorf("ReadFile of a link inside the tree: %q, %v", b, err)
	}
	if w.Refused("fifo") == nil || w.Refused("ok.yaml") != nil {
		t.Error("Refused says the opposite")
	}
}

// TestR24 holds that a file beyond the limit is an error and not a part of it.
func TestR24LargeFile(t *testing.T) {
	dir := tree(t, nil)
	f, err := os.Create(filepath.Join(dir, "big"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(workspace.MaxFileSize + 1); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := open(t, dir).ReadFile("big"); err == nil || !strings.Contains(err.Error(), "larger than the limit of 32 MiB") {
		t.Errorf("error is %v", err)
	}
}

func TestLine(t *testing.T) {
	w := open(t, tree(t, map[string]string{"f": "one\r\ntwo\n"}))
	for n, want := range map[int]string{0: "", 1: "one", 2: "two", 3: "", 4: ""} {
		if got := w.Line("f", n); got != want {
			t.Errorf("line %d is %q, want %q", n, got, want)
		}
	}
	if got := w.Line("missing", 1); got != "" {
		t.Errorf("line of a missing file is %q", got)
	}
}

func TestMatch(t *testing.T) {
	for _, tc := range []struct {
		pattern, name string
		want          bool
	}{
		{"deploy/**", "deploy/a/b.yaml", true},
		{"deploy/", "deploy/a/b.yaml", true},
		{"deploy", "deploy/a/b.yaml", true},
		{"deploy", "deployment/a.yaml", false},
		{"./deploy", "deploy/a.yaml", true},
		{"**/Dockerfile*", "Dockerfile", true},
		{"**/Dockerfile*", "a/b/Dockerfile.dev", true},
		{"*.yaml", "a/b.yaml", false},
		{".", "a/b.yaml", true},
		{"{a,b}.yaml", "b.yaml", true},
	} {
		if got := workspace.Match([]string{tc.pattern}, tc.name); got != tc.want {
			t.Errorf("Match(%q, %q) is %v, want %v", tc.pattern, tc.name, got, tc.want)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	if _, err := workspace.Open(filepath.Join(t.TempDir(), "missing"), nil); err == nil {
		t.Error("a missing folder was opened")
	}
	if _, err := workspace.Open(t.TempDir(), []string{"["}); err == nil || !strings.Contains(err.Error(), `"["`) {
		t.Errorf("error is %v", err)
	}
}
