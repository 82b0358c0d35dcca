package cli

import (
	"io"
	"os"
	"path/filepath"
	"regexp"

	"github.com/portcullis-ci/portcullis/internal/github"
)

// leftover finds what actions/checkout writes into .git/config for later steps:
// the token itself, or where it is kept.
var leftover = regexp.MustCompile(`(?i)extraheader\s*=\s*authorization|includeif[^\n]*\n[^\n]*git-credentials-`)

// maxGitConfig is how much of .git/config is looked at.
const maxGitConfig = 1 << 20

// credentials says that the checkout holds the token of the job, or returns "".
// Whatever runs later in the job can read it, and it gets into artifacts and
// images made of the folder.
func (a *App) credentials(workspace string) string {
	dir, _ := a.checkout(workspace)
	if dir == "" || !github.InActions(a.Getenv) {
		return ""
	}
	f, err := os.Open(filepath.Join(dir, ".git", "config"))
	if err != nil {
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxGitConfig))
	if err != nil || !leftover.Match(text) {
		return ""
	}
	return "the checkout left the token of the job in .git/config, where every later step can read it: set persist-credentials: false of actions/checkout"
}
