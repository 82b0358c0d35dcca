package workspace

import (
	"os"
	"path/filepath"
	"testing"
)

// TestR46FilesOfFolders looks at files as they are written and through links.
// Where a file is not there nobody can tell where its links would lead.
func TestR46FilesOfFolders(t *testing.T) {
	root := t.TempDir()
	dir, beside := filepath.Join(root, "work"), filepath.Join(root, "work-2")
	for _, d := range []string{filepath.Join(dir, "sub"), beside} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{filepath.Join(dir, "sub", "f"), filepath.Join(beside, "f")} {
		if err := os.WriteFile(f, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"in": filepath.Join(dir, "sub", "f"), "work/out": filepath.Join(beside, "f"), "alias": dir} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		dir, file string
		name      string // "": it is not below
		may       bool
	}{
		{"work", "work/sub/f", "sub/f", true},
		{"work", "work", ".", true},
		{"work", "work/sub/../sub/f", "sub/f", true},
		{"work", "work-2/f", "", false},
		{"work", "in", "sub/f", true},     // a link leads in
		{"work", "work/out", "out", true}, // a link that leads out lies in it
		{"alias", "work/sub/f", "sub/f", true},
		{"work", "alias/sub/f", "sub/f", true},
		{"work", "work/none", "none", true},
		{"work", "work-2/none", "", true},
		{"none", "work-2/f", "", true},
	} {
		name, ok := Below(filepath.Join(root, test.dir), filepath.Join(root, test.file))
		if name != test.name || ok != (test.name != "") {
			t.Errorf("%s below %s: %q, %t, want %q", test.file, test.dir, name, ok, test.name)
		}
		if may := MayHold(filepath.Join(root, test.dir), filepath.Join(root, test.file)); may != test.may {
			t.Errorf("%s may be in %s: %t", test.file, test.dir, may)
		}
	}
}
