package cli

import (
	"cmp"
	"errors"

	"github.com/spf13/pflag"

	"github.com/portcullis-ci/portcullis/internal/github"
)

// passwordVariable holds the password of the registry. It is no flag, because
// every process of a machine can read the flags of another.
const passwordVariable = "PORTCULLIS_REGISTRY_PASSWORD"

// register registers the flags of a command that asks a registry. What is in it
// says which registry gets the password where --registry names none.
func (l *Login) register(f *pflag.FlagSet, what string) {
	f.StringVar(&l.Username, "registry-username", "", "`NAME` to log in to the registry of the "+what+" with; the password is "+passwordVariable)
	f.StringVar(&l.Registry, "registry", "", "`HOST` that name and password are for (default the registry of the "+what+", if it is one)")
}

// logIn completes what a registry is logged in to with, and has the runner hide
// the password from here on.
func (a *App) logIn(l *Login) error {
	if l.Username == "" && l.Registry == "" && l.Password == "" {
		return nil // a variable alone is for other runs of the same job
	}
	l.Password = cmp.Or(l.Password, a.Getenv(passwordVariable))
	switch {
	case l.Username == "":
		return usage(errors.New("--registry-username: a registry or a password is given, and no name"), "give the name with --registry-username")
	case l.Password == "":
		return usage(errors.New("--registry-username: a name is given, and no password"),
			"set "+passwordVariable+", in GitHub Actions the input registry-password")
	}
	if github.InActions(a.Getenv) {
		return github.Mask(a.Stderr, l.Password)
	}
	return nil
}
