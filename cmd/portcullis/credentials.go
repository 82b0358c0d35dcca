package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/portcullis-ci/portcullis/internal/cli"
	"github.com/portcullis-ci/portcullis/internal/image"
)

// keychains are the credentials of a run.
type keychains struct {
	first authn.Keychain
	// second is asked when a registry refused the first. It has the token of the
	// workflow, for GitHub's registry only.
	second authn.Keychain
}

// both is for signing, which pushes.
func (k keychains) both() authn.Keychain {
	if k.second == nil {
		return k.first
	}
	return authn.NewMultiKeychain(k.first, k.second)
}

// logins returns the credentials of a command in a workspace that asks some
// registries: those of references, or hosts with a path.
func logins(env environment, workspace string, login cli.Login, asked ...string) (keychains, error) {
	c := docker(env, workspace)
	if login.Username != "" {
		host, err := loginHost(login, asked)
		if err != nil {
			return keychains{}, err
		}
		c.Registry, c.Username, c.Password = host, login.Username, login.Password
	}
	k := keychains{first: c}
	if token := cmp.Or(env.get("GITHUB_TOKEN"), env.get("INPUT_TOKEN")); token != "" {
		k.second = &image.Credentials{
			Registry: "ghcr.io", Username: cmp.Or(env.get("GITHUB_ACTOR"), "token"), Password: token,
		}
	}
	return k, nil
}

// docker returns the credentials that Docker and Podman keep, and where nothing
// is executed: in the workspace.
func docker(env environment, workspace string) *image.Credentials {
	c := &image.Credentials{Workspace: []string{workspace}}
	if root := env.get("GITHUB_WORKSPACE"); root != "" {
		c.Workspace = append(c.Workspace, root)
	}
	home, err := os.UserHomeDir()
	if dir := env.get("DOCKER_CONFIG"); dir != "" {
		c.Files = append(c.Files, filepath.Join(dir, "config.json"))
	} else if err == nil {
		c.Files = append(c.Files, filepath.Join(home, ".docker", "config.json"))
	}
	if file := env.get("REGISTRY_AUTH_FILE"); file != "" {
		c.Files = append(c.Files, file)
	}
	if dir := env.get("XDG_RUNTIME_DIR"); dir != "" {
		c.Files = append(c.Files, filepath.Join(dir, "containers", "auth.json"))
	}
	if err == nil {
		c.Files = append(c.Files, filepath.Join(home, ".config", "containers", "auth.json"))
	}
	return c
}

// loginHost returns the one registry that gets the name and the password: the
// one that was named, else the one that is asked.
func loginHost(login cli.Login, asked []string) (string, error) {
	if login.Registry != "" {
		registry, err := name.NewRegistry(login.Registry)
		if err != nil {
			return "", fmt.Errorf("--registry: %w", err)
		}
		return registry.RegistryStr(), nil
	}
	hosts := map[string]bool{}
	for _, reference := range asked {
		if ref, err := image.Parse(reference); err == nil {
			if repository, ok := ref.Repository(); ok {
				hosts[repository.RegistryStr()] = true
			}
		}
	}
	list := slices.Sorted(maps.Keys(hosts))
	switch len(list) {
	case 0:
		return "", errors.New("--registry-username: nothing that is asked for is in a registry: name one with --registry")
	case 1:
		return list[0], nil
	}
	return "", fmt.Errorf("--registry-username: %s are asked: name the one with --registry that gets the password", strings.Join(list, " and "))
}

// asked returns what a job has from registries: its images, or something in each
// registry that its manifests may name.
func asked(job cli.Job) []string {
	if !fromManifests(job) {
		return job.Images
	}
	var some []string
	for _, entry := range job.Config.Scan.Registries {
		host, _, _ := strings.Cut(entry, "/")
		some = append(some, host+"/image")
	}
	return some
}
