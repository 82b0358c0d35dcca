package scan

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/types"

	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/lockfile"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// A chain of packages costs neither the square of its length in memory nor a
// message of that length.
func TestR24AChainOfPackages(t *testing.T) {
	const n = 300_000
	chain := make([]ftypes.Package, n)
	for i := range chain {
		chain[i] = ftypes.Package{ID: fmt.Sprint(i), Name: fmt.Sprint(i), DependsOn: []string{fmt.Sprint(i + 1)}}
	}
	chain[0].Relationship = ftypes.RelationshipDirect
	ways := paths(chain)
	if got, want := ways[fmt.Sprint(n-1)], []string{"0", "1", "2", "3", "…", "299996", "299997", "299998"}; !slices.Equal(got, want) {
		t.Errorf("the way is %q, want %q", got, want)
	}
	if got, want := ways["8"], []string{"0", "1", "2", "3", "4", "5", "6", "7"}; !slices.Equal(got, want) {
		t.Errorf("the way is %q, want %q", got, want)
	}
}

func TestR24WhatAPackageNeedsOften(t *testing.T) {
	ids := map[string]string{"a": "a@2", "a 1": "a@1", "a 2": "a@2"}
	said := slices.Repeat([]string{"a 1"}, 300_000)
	got := needs(ftypes.Package{DependsOn: []string{"a@2", "b@1"}}, said, ids)
	if got = slices.Compact(got); !slices.Equal(got, []string{"b@1", "a@1"}) {
		t.Errorf("needed are %q", got)
	}
	got = needs(ftypes.Package{DependsOn: []string{"a@2"}}, []string{"a 2", "a 1", "unknown"}, ids)
	if !slices.Equal(got, []string{"a@2", "a@1"}) {
		t.Errorf("needed are %q", got)
	}
}

// The parent of a Maven project is read once, however many packages it brings.
func TestR24AParentIsReadOnce(t *testing.T) {
	reads := map[string]int{}
	files := lockfile.NewFiles(func(name string) ([]byte, error) {
		reads[name]++
		return []byte("<project><parent><relativePath>../pom.xml</relativePath></parent></project>"), nil
	})
	for i := range 100 {
		inherited(files, place(nil, "a/b/pom.xml", ftypes.Package{}), ftypes.Package{Name: fmt.Sprint(i), Version: "1"})
	}
	for name, n := range reads {
		if n > 2 { // for its entries, and for its own parent
			t.Errorf("%s was read %d times", name, n)
		}
	}
}

// A package that a file names very often is found there without a copy of all its places.
func TestR24APackageThatIsNamedOften(t *testing.T) {
	const n = 200_000
	files := types.Report{Results: types.Results{{Target: "b/requirements.txt", Type: ftypes.Pip}, {Target: "a/requirements.txt", Type: ftypes.Pip}}}
	for range n {
		files.Results[0].Packages = append(files.Results[0].Packages, ftypes.Package{Name: "a", Version: "1", ID: "a@1"})
	}
	files.Results[1].Packages = files.Results[0].Packages[:1]
	dir := t.TempDir()
	for name, text := range map[string]string{"a/requirements.txt": "a==1\n", "b/requirements.txt": strings.Repeat("a==1\n", n)} {
		if err := copyFile(filepath.Join(dir, name), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := workspace.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	x := newLockIndex(tree, files)
	for range n {
		if at := x.locate(image.Subject{Ecosystem: "pip", Package: "a", Version: "1", File: "b/requirements.txt"}); at.Path != "b/requirements.txt" || at.Line != 1 {
			t.Fatalf("found at %+v", at)
		}
	}
}
