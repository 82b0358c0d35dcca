package cli

import (
	"os"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// platform are the files by which GitHub decides whether and how the gate runs.
// It reads them at the root of the repository only.
var platform = [...]string{".github/workflows/**", ".github/actions/**", "{,.github/,docs/}CODEOWNERS"}

// openPlatform opens the root of a repository with these files alone: the rest
// of it may be large, and is not what is checked.
func openPlatform(dir string) (*workspace.Tree, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	literal := strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "]", `\]`, "{", `\{`, "}", `\}`)
	var others []string
	for _, e := range entries {
		if !slices.Contains([]string{".github", "docs", "CODEOWNERS", "action.yml"}, e.Name()) {
			others = append(others, literal.Replace(e.Name()))
		}
	}
	return workspace.Open(dir, others)
}

// repository fills in what a job has to know of the repository around the
// workspace.
func (a *App) repository(job *Job, all *workspace.Tree, held *closers) error {
	dir, root := a.checkout(all.Dir())
	job.Context.Root, job.Repository = root, all
	switch {
	case root != "":
		job.Above = upTo(root)
	case len(job.Config.Paths.Exclude) == 0:
		return nil // it is walked anyway
	default:
		dir = all.Dir()
	}
	tree, err := openPlatform(dir)
	if err == nil {
		held.add(tree.Close)
		job.Repository = tree
	}
	return err
}

// upTo leads from a workspace to the root of the repository that it is in.
func upTo(root string) string { return strings.Repeat("../", strings.Count(root, "/")+1) }

// checkout returns the folder of the repository that the CI system checked out,
// and the path of the workspace in it: "" for both where that is not known or
// the workspace is elsewhere, and an empty path where they are the same.
func (a *App) checkout(folder string) (dir, root string) {
	for _, name := range []string{"GITHUB_WORKSPACE", "CI_PROJECT_DIR"} {
		dir = a.Getenv(name)
		if dir == "" {
			continue
		}
		rel, ok := workspace.Below(dir, folder)
		switch {
		case ok && rel == ".":
			return dir, ""
		case ok:
			return dir, rel
		}
	}
	return "", ""
}
