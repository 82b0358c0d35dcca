package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// Credentials are what registries are logged in to with: a name and a password
// for one registry, and for the others what Docker's configuration says. They
// are an [authn.Keychain].
type Credentials struct {
	// Registry is the host that Username and Password are for; no other one gets
	// them. Empty: there are none.
	Registry, Username, Password string
	// Files are where Docker's configuration may be, or Podman's, which has the same
	// form. The first that has something for a registry counts.
	Files []string
	// Workspace are folders that a change may have written to: nothing in them is
	// executed, and no configuration in them names a program.
	Workspace []string
}

// Resolve returns the credentials for a registry or a repository.
func (c *Credentials) Resolve(target authn.Resource) (authn.Authenticator, error) {
	return c.ResolveContext(context.Background(), target)
}

// ResolveContext returns the credentials for a registry or a repository.
func (c *Credentials) ResolveContext(_ context.Context, target authn.Resource) (authn.Authenticator, error) {
	if c.Registry != "" {
		named, err := name.NewRegistry(c.Registry)
		if err != nil {
			return nil, err
		}
		if named.RegistryStr() == target.RegistryStr() {
			return authn.FromConfig(authn.AuthConfig{Username: c.Username, Password: c.Password}), nil
		}
	}
	for _, file := range c.Files {
		docker, err := c.read(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, &credentialError{from: file, err: fmt.Errorf("reading Docker's configuration %q: %w", file, err)}
		}
		found, err := c.lookUp(docker, target)
		if err != nil {
			return nil, &credentialError{from: file, err: err}
		}
		if found != authn.Anonymous {
			return found, nil
		}
	}
	return authn.Anonymous, nil
}

// A credentialError says that credentials could not be looked up. The next
// attempt would not find them either.
type credentialError struct {
	from string // the file
	err  error
}

// Error returns the reason.
func (e *credentialError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *credentialError) Unwrap() error { return e.err }

// read reads a configuration. One that lies in the workspace may hold
// credentials, but name no program that gives them.
func (c *Credentials) read(file string) (*configfile.ConfigFile, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	docker, err := config.LoadFromReader(f)
	if err != nil {
		return nil, err
	}
	if c.InWorkspace(file) && (docker.CredentialsStore != "" || len(docker.CredentialHelpers) > 0) {
		return nil, errors.New("it is in the workspace, where a change may have put it, and names a credential helper, which is not executed")
	}
	return docker, nil
}

// lookUp asks the configuration, which may ask a program.
func (c *Credentials) lookUp(docker *configfile.ConfigFile, target authn.Resource) (authn.Authenticator, error) {
	for _, key := range []string{target.String(), target.RegistryStr()} {
		if key == name.DefaultRegistry {
			key = authn.DefaultAuthKey // as `docker login` writes it
		}
		program := helper(docker, key)
		if err := c.trusted(program); err != nil {
			return nil, err
		}
		found, err := docker.GetAuthConfig(key)
		if err != nil && program != "" {
			return nil, fmt.Errorf("asking docker-credential-%s: %w", program, err)
		}
		if err != nil {
			return nil, err
		}
		found.ServerAddress = "" // always set
		if found != (types.AuthConfig{}) {
			return authn.FromConfig(authn.AuthConfig{
				Username: found.Username, Password: found.Password, Auth: found.Auth,
				IdentityToken: found.IdentityToken, RegistryToken: found.RegistryToken,
			}), nil
		}
	}
	return authn.Anonymous, nil
}

// helper returns the program that is asked for credentials of a registry; "":
// none.
func helper(docker *configfile.ConfigFile, key string) string {
	if specific, ok := docker.CredentialHelpers[key]; ok {
		return specific
	}
	return docker.CredentialsStore
}

// trusted returns an error for a program that lies in the workspace.
func (c *Credentials) trusted(helper string) error {
	if helper == "" {
		return nil
	}
	program, err := exec.LookPath("docker-credential-" + helper)
	if err != nil {
		return fmt.Errorf("looking for the credential helper of Docker's configuration: %w", err)
	}
	if c.InWorkspace(program) {
		return fmt.Errorf("%q is in the workspace, where a change may have put it: it is not executed", program)
	}
	return nil
}

// InWorkspace reports whether a file is in the workspace, or a link leads there.
// What cannot be told is.
func (c *Credentials) InWorkspace(file string) bool {
	return slices.ContainsFunc(c.Workspace, func(dir string) bool {
		return workspace.MayHold(dir, file)
	})
}
