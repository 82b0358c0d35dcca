package cli

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/portcullis-ci/portcullis/internal/config"
	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/waiver"
)

// waiversFile is where the waivers are, as a path below the workspace.
func waiversFile(c *config.Config) string {
	return path.Clean(cmp.Or(c.Waivers, config.WaiversFile))
}

// waivers reads the waivers: for a change those of its base. Nil if there is no
// file and none is asked for. What is wrong with the file is an error of the stage
// that reports on it: the others run all the same.
func (t *trust) waivers(c *config.Config, now time.Time) *waiver.Set {
	o := waiver.Options{File: waiversFile(c), Now: now, Mandatory: c.Dockerfile.Mandatory}
	data, err := t.ReadFile(o.File)
	switch {
	case err == nil:
		sum := sha256.Sum256(data)
		o.Digest = "sha256:" + hex.EncodeToString(sum[:])
		o.Waivers, err = config.ParseWaivers(o.File, data)
	case errors.Is(err, fs.ErrNotExist) && c.Waivers == "":
		return nil
	default:
		err = &gate.CheckError{Location: c.WaiversAt, Err: fmt.Errorf("waivers: %w", err), Hint: "write the file, or remove the key waivers"}
	}
	o.Err = checkErrors(err)
	return waiver.New(o)
}

// checkErrors takes an error of the configuration apart into those of a stage.
func checkErrors(err error) error {
	var c *config.Error
	if !errors.As(err, &c) {
		return err
	}
	errs := make([]error, len(c.Failures))
	for i, f := range c.Failures {
		errs[i] = &gate.CheckError{Location: f.Location, Err: errors.New(f.Message), Hint: f.Hint}
	}
	return errors.Join(errs...)
}
