package github

import (
	"slices"

	"github.com/sethvargo/go-githubactions"
)

// InputNames lists the inputs of the action, sorted. "command" is the command that
// the action runs, "path" its argument, "registry-password" and "token" no flags
// because they are secret, each other one the flag of the same name.
func InputNames() []string {
	return []string{
		"command", "comment-key", "config", "dry-run", "fail-on", "format", "images", "import", "offline", "output",
		"path", "registry", "registry-password", "registry-username", "sbom-dir", "stages", "token",
	}
}

// Inputs returns a function from the name of an input of the action to its
// value without blanks around it; "" is one that is not set. Outside of Actions,
// and for names that are not in [InputNames], nothing is set.
func Inputs(getenv func(string) string) func(name string) string {
	action := githubactions.New(githubactions.WithGetenv(getenv))
	return func(name string) string {
		if !InActions(getenv) || !slices.Contains(InputNames(), name) {
			return ""
		}
		return action.GetInput(name)
	}
}
