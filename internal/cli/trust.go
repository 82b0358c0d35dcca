package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/portcullis-ci/portcullis/internal/config"
	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/github"
	"github.com/portcullis-ci/portcullis/internal/workspace"
	"github.com/portcullis-ci/portcullis/internal/workspace/base"
)

// A trust is where what decides about a run is read from: the workspace itself,
// or, for a change that is not merged yet, the commit it is to be merged into.
// A change cannot open its own gate.
type trust struct {
	tree     *workspace.Tree
	base     *base.Commit // nil: the workspace itself
	policies *workspace.Tree
	dir      string // temporary, holds policies
}

// newTrust finds the base of the change that the event is about.
func newTrust(tree *workspace.Tree, event github.Event) (*trust, error) {
	t := &trust{tree: tree, policies: tree}
	if !event.Change() {
		return t, nil
	}
	commit, err := base.Find(tree.Dir(), event.Context.SHA, event.Context.BaseSHA)
	if err != nil {
		return nil, usage(fmt.Errorf("the configuration of a change is read from its base commit, which is not here: %w", err),
			"check out the merge commit and its parents: actions/checkout with fetch-depth: 2, in GitLab GIT_DEPTH: 0")
	}
	t.base = commit
	return t, nil
}

// ReadFile reads a file of the trusted set, by its path below the workspace.
func (t *trust) ReadFile(name string) ([]byte, error) {
	if t.base != nil {
		return t.base.ReadFile(name)
	}
	return t.tree.ReadFile(name)
}

// readConfig reads portcullis.yaml, or the file that --config names, and, for
// what it leaves out, .hadolint.yaml.
func (t *trust) readConfig(file string) (*config.Config, error) {
	c := config.Default()
	name, data, err := t.configFile(file)
	switch {
	case err == nil:
		if c, err = config.Parse(name, data); err != nil {
			return nil, usage(err, "")
		}
	case file != "" && errors.Is(err, fs.ErrNotExist):
		return nil, usage(err, t.missingConfig(file))
	case file != "" || !errors.Is(err, fs.ErrNotExist):
		return nil, usage(err, "")
	}
	for _, name := range config.HadolintFiles {
		data, err := t.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = c.AddHadolint(name, data)
		}
		if err != nil {
			return nil, usage(err, "")
		}
		break
	}
	return c, nil
}

// configFile reads the configuration file. One that the flag names outside of
// the repository is no part of the change.
func (t *trust) configFile(file string) (name string, data []byte, err error) {
	if file == "" {
		data, err = t.ReadFile(config.File)
		return config.File, data, err
	}
	name = filepath.ToSlash(file)
	if t.base != nil {
		if inside, ok := workspace.Below(t.tree.Dir(), file); ok {
			data, err = t.base.ReadFile(inside)
			return name, data, err
		}
		if whole, above, ok := t.above(file); ok {
			data, err = whole.ReadFile(above)
			return name, data, err
		}
	}
	data, err = os.ReadFile(file)
	return name, data, err
}

// missingConfig says what to do about a file that --config names in vain.
func (t *trust) missingConfig(file string) string {
	if t.base != nil {
		if _, err := os.Stat(file); err == nil {
			return "a change is checked by the configuration of its base commit, which has no such file: merge that first"
		}
	}
	return "it is a path from the working directory; without --config the " + config.File + " at the workspace root counts, or the defaults"
}

// above returns the base of the whole repository and the path in it of a file
// that is beside the workspace: a change may have written to that as well.
func (t *trust) above(file string) (whole *base.Commit, name string, ok bool) {
	whole, root := t.base.Repository()
	if _, inside := workspace.Below(t.tree.Dir(), file); file == "" || inside {
		return whole, "", false
	}
	name, ok = workspace.Below(root, file)
	return whole, name, ok
}

// openPolicies makes the policies of the base available as a tree, and returns
// the trusted files that the change touches.
func (t *trust) openPolicies(ctx context.Context, c *config.Config, file string) ([]string, error) {
	if t.base == nil {
		return nil, nil
	}
	policies := slices.Concat(c.Policy.Rego, c.Policy.Data, c.Policy.Gatekeeper, c.Scan.VEX)
	dir, err := os.MkdirTemp("", "portcullis-base-")
	if err != nil {
		return nil, err
	}
	t.dir = dir
	if len(policies) > 0 {
		if err := t.base.Extract(ctx, dir, policies); err != nil {
			return nil, fmt.Errorf("reading the policies of the base commit: %w", err)
		}
	}
	if t.policies, err = workspace.Open(dir, nil); err != nil {
		return nil, err
	}
	policies = append(policies, waiversFile(c))
	changed, err := t.base.Changed(ctx, t.tree, slices.Concat(policies, watched(t.tree.Dir(), file)))
	if err != nil || t.base.Root() == "" {
		return changed, err
	}
	above, err := t.changedAbove(ctx, file)
	return slices.Sorted(slices.Values(append(above, changed...))), err
}

// changedAbove returns what the change touches of the files that decide about
// the gate outside of the workspace: GitHub reads them at the root of the
// repository, and the flag may name the configuration file there.
func (t *trust) changedAbove(ctx context.Context, file string) ([]string, error) {
	whole, dir := t.base.Repository()
	tree, err := openPlatform(dir)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	changed, err := whole.Changed(ctx, tree, platform[:])
	if err != nil {
		return nil, err
	}
	if _, name, ok := t.above(file); ok && !slices.Contains(changed, name) {
		was, err := whole.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if is, err := os.ReadFile(file); err != nil || !bytes.Equal(was, is) {
			changed = append(changed, name)
		}
	}
	for i, name := range changed {
		changed[i] = upTo(t.base.Root()) + name
	}
	return changed, nil
}

// watched are the files that decide about the gate besides policies: its
// configuration, and what starts it.
func watched(dir, file string) []string {
	files := slices.Concat([]string{config.File}, config.HadolintFiles[:], platform[:])
	if inside, ok := workspace.Below(dir, file); file != "" && ok {
		files = append(files, inside)
	}
	return files
}

// close removes what openPolicies made.
func (t *trust) close() error {
	if t.dir == "" {
		return nil
	}
	var err error
	if t.policies != nil && t.policies != t.tree {
		err = t.policies.Close()
	}
	return errors.Join(err, os.RemoveAll(t.dir))
}

// noteBase says in a context where the configuration comes from.
func (t *trust) noteBase(c gate.Context, changed []string) gate.Context {
	if t.base != nil {
		c.BaseSHA, c.TrustedChanged = t.base.SHA, changed
	}
	return c
}
