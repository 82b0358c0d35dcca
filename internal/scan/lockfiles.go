package scan

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/net/html/charset"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// lockFileNames are the files of a repository that say which packages it uses,
// companions those that are read beside one.
var (
	lockFileNames = []string{
		"Cargo.lock", "Gemfile.lock", "Manifest.toml", "Package.resolved", "Pipfile.lock", "Podfile.lock", "build.sbt.lock", "bun.lock",
		"composer.lock", "conan.lock", "go.mod", "mix.lock", "package-lock.json", "packages.config", "packages.lock.json",
		"pnpm-lock.yaml", "poetry.lock", "pom.xml", "pubspec.lock", "requirements.txt", "uv.lock", "yarn.lock",
	}
	companions = []string{"Cargo.toml", "Project.toml", "composer.json", "go.sum", "package.json", "pyproject.toml"}
)

// unreadable formats are lock files that the scanner has no parser for, or whose
// packages nobody has advisories for.
var unreadableNames = []string{
	"Cartfile.resolved", "bun.lockb", "deno.lock", "environment.yaml", "environment.yml", "flake.lock", "npm-shrinkwrap.json", "paket.lock",
	"pdm.lock", "rebar.lock", "renv.lock", "stack.yaml.lock",
}

// isLockFile reports whether a file is called like one that names packages.
func isLockFile(name string) bool {
	base := path.Base(name)
	switch {
	case slices.Contains(lockFileNames, base), strings.HasSuffix(base, "gradle.lockfile"), strings.HasSuffix(base, ".deps.json"):
		return true
	case strings.HasPrefix(base, "pylock.") && strings.HasSuffix(base, ".toml"):
		return true
	}
	return strings.HasSuffix(strings.ToLower(base), "packages.props")
}

// ofAPackage reports whether a lock file lies in a folder into which its own
// package tool puts packages: it is that of one of them, and decides nothing.
func ofAPackage(name string) bool {
	in := func(folder string) bool { return slices.Contains(strings.Split(path.Dir(name), "/"), folder) }
	switch path.Base(name) {
	case "package-lock.json", "pnpm-lock.yaml":
		return in("node_modules")
	case "yarn.lock":
		return in("node_modules") || in(".yarn")
	case "composer.lock":
		return in("vendor")
	}
	return false
}

// A lockFiles is what a tree has of them.
type lockFiles struct {
	names []string // sorted
	with  []string // the companions in their folders
	errs  []error  // of those that cannot be read

	foreign  []string // lock files of packages, which are left out
	unparsed []string // lock files that cannot be scanned
}

// findLockFiles lists the lock files of a tree.
func findLockFiles(ctx context.Context, tree *workspace.Tree) (lockFiles, error) {
	all, err := tree.Files(ctx)
	if err != nil {
		return lockFiles{}, err
	}
	refused, err := tree.RefusedPaths(ctx)
	if err != nil {
		return lockFiles{}, err
	}
	var found lockFiles
	folders := map[string]bool{}
	for _, name := range all {
		switch {
		case slices.Contains(unreadableNames, path.Base(name)):
			found.unparsed = append(found.unparsed, name)
		case !isLockFile(name):
		case ofAPackage(name):
			found.foreign = append(found.foreign, name)
		default:
			found.names, folders[path.Dir(name)] = append(found.names, name), true
		}
	}
	for _, name := range all {
		if folders[path.Dir(name)] && slices.Contains(companions, path.Base(name)) {
			found.with = append(found.with, name)
		}
	}
	for _, name := range refused {
		if isLockFile(name) && !ofAPackage(name) {
			found.errs = append(found.errs, unread(name, tree.Refused(name)))
		}
	}
	return found, nil
}

// leftOut says which lock files were not scanned, and why.
func (l lockFiles) leftOut() []string {
	var notes []string
	if len(l.foreign) > 0 {
		notes = append(notes, "lock files in folders of packages were left out, they are those of the packages: "+few(l.foreign))
	}
	if len(l.unparsed) > 0 {
		notes = append(notes, "lock files of these formats cannot be checked: "+few(l.unparsed))
	}
	return notes
}

// unread is the error of a file of the workspace.
func unread(name string, err error) error {
	return &gate.CheckError{
		Location: gate.Location{Path: name}, Err: fmt.Errorf("reading the packages: %w", err),
		Hint: "mend the file, or leave it out with paths.exclude",
	}
}

// copyTo copies the files into a folder of their own, where no link and nobody
// who changes the tree meanwhile leads the scanner elsewhere. It returns the
// lock files that are there.
func (l lockFiles) copyTo(tree *workspace.Tree, dir string) (names []string, errs []error) {
	for _, name := range slices.Concat(l.names, l.with) {
		raw, err := tree.ReadFile(name)
		if err == nil {
			raw = asText(raw)
			err = intact(name, raw)
		}
		if err == nil && path.Base(name) == "Manifest.toml" && !slices.Contains(l.with, path.Join(path.Dir(name), "Project.toml")) {
			err = errors.New("there is no Project.toml beside it, which says what is used of it")
		}
		if err == nil {
			err = copyFile(filepath.Join(dir, filepath.FromSlash(name)), raw)
		}
		switch {
		case err != nil:
			errs = append(errs, unread(name, err))
		case isLockFile(name):
			names = append(names, name)
		}
	}
	return names, errs
}

func copyFile(name string, raw []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return os.WriteFile(name, raw, 0o600)
}

// confined returns an error if a Maven project names a file outside the
// workspace as its parent or module: the scanner would follow it.
func confined(name string, raw []byte) error {
	var project struct {
		Parent struct {
			Path string `xml:"relativePath"`
		} `xml:"parent"`
		Modules []string `xml:"modules>module"`
	}
	decoder := xml.NewDecoder(bytes.NewReader(raw))
	decoder.CharsetReader = charset.NewReaderLabel // as the scanner reads it
	if err := decoder.Decode(&project); err != nil {
		return nil //nolint:nilerr // the scanner says what is wrong with it
	}
	for _, p := range append(project.Modules, project.Parent.Path) {
		p = strings.TrimSpace(p)
		if strings.Contains(p, "${") || path.IsAbs(p) || !filepath.IsLocal(path.Join(path.Dir(name), p)) {
			return errors.New("it names a parent or a module outside the workspace")
		}
	}
	return nil
}
