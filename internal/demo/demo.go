// Package demo runs the whole gate on an example, with nothing else installed:
// a registry inside the process, images made from files, a small vulnerability
// database, a key made for the occasion. The gate that runs is the real one.
package demo

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/portcullis-ci/portcullis/testdata/db"
	"github.com/portcullis-ci/portcullis/testdata/images"
	"github.com/portcullis-ci/portcullis/testdata/projects"
)

// Tools are what the example is made with, and the gate itself.
type Tools struct {
	// BuildDatabase writes a small vulnerability database to a folder.
	BuildDatabase func(dir string, fixtures fs.FS, updated time.Time) error
	// GenerateKey makes a key pair in PEM form.
	GenerateKey func() (private, public []byte, err error)
	// Run runs a portcullis command by the given clock and returns its exit code.
	Run func(ctx context.Context, now time.Time, args ...string) int
}

// day is when the demo plays: the systems in its images are supported then, and
// the support of every system ends one day.
var day = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

// act is one half of the demo: a project, its image, and how the gate must end.
type act struct {
	title   string
	project string
	tag     string
	rootfs  fs.FS
	want    int
}

// Run runs the gate twice, on the example with faults in it and on the
// corrected one, and verifies the signature that the second run made. It writes
// to w. It returns an error if the gate did not do what it is shown for.
func Run(ctx context.Context, w io.Writer, tools Tools) error {
	dir, err := os.MkdirTemp("", "portcullis-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	host, stop, err := serveRegistry(ctx)
	if err != nil {
		return err
	}
	defer stop()
	s := stage{dir: dir, host: host, w: w, tools: tools}
	if err := s.build(); err != nil {
		return err
	}
	for _, a := range []act{
		{title: "1. The pull request as it was opened", project: "shop", tag: "1.3.9", rootfs: images.Shop(), want: 1},
		{title: "2. The same, corrected", project: "shop-fixed", tag: "1.4.0", rootfs: images.ShopFixed(), want: 0},
	} {
		if err := s.play(ctx, a); err != nil {
			return err
		}
	}
	return s.verify(ctx)
}

// stage is where the demo plays.
type stage struct {
	dir   string // temporary
	host  string // of the registry
	w     io.Writer
	tools Tools
}

func (s stage) path(name string) string { return filepath.Join(s.dir, name) }

// build makes the projects, the database and the key.
func (s stage) build() error {
	if err := os.CopyFS(s.dir, projects.FS); err != nil {
		return fmt.Errorf("copying the example projects: %w", err)
	}
	if err := s.tools.BuildDatabase(s.path("db"), db.Fixtures, day); err != nil {
		return fmt.Errorf("building the vulnerability database: %w", err)
	}
	private, public, err := s.tools.GenerateKey()
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	if err := os.WriteFile(s.path("cosign.key"), private, 0o600); err != nil {
		return err
	}
	return os.WriteFile(s.path("cosign.pub"), public, 0o644)
}

// play pushes an act's image, runs the gate on its project and checks the
// exit code.
func (s stage) play(ctx context.Context, a act) error {
	ref := s.host + "/acme/shop:" + a.tag
	if err := push(ctx, ref, a.rootfs); err != nil {
		return fmt.Errorf("pushing %s: %w", ref, err)
	}
	config := s.path(a.project + "/portcullis.yaml")
	if err := appendFile(config, fmt.Sprintf("scan:\n  database: {repository: %s}\nsign:\n  key: %s\n  format: both\n",
		s.path("db"), s.path("cosign.key"))); err != nil {
		return err
	}
	fmt.Fprintf(s.w, "\n%s\n%s\n\n", a.title, strings.Repeat("─", len(a.title)))
	fmt.Fprintf(s.w, "$ portcullis run --images %s %s\n\n", ref, a.project)
	code := s.tools.Run(ctx, day, "run", "--format", "text", "--images", ref, s.path(a.project))
	fmt.Fprintf(s.w, "\nexit status %d\n", code)
	if code != a.want {
		return fmt.Errorf("the gate ended with exit status %d on %s, want %d", code, a.project, a.want)
	}
	return ctx.Err()
}

// verify checks the signature from outside: with the public key, by digest.
func (s stage) verify(ctx context.Context) error {
	const title = "3. What anybody can check afterwards"
	ref := s.host + "/acme/shop:1.4.0"
	fmt.Fprintf(s.w, "\n%s\n%s\n\n", title, strings.Repeat("─", len(title)))
	fmt.Fprintf(s.w, "$ portcullis verify --key cosign.pub --require vuln,vsa %s\n\n", ref)
	if code := s.tools.Run(ctx, day, "verify", "--key", s.path("cosign.pub"), "--require", "vuln,vsa", ref); code != 0 {
		return fmt.Errorf("the signature was not verified: exit status %d", code)
	}
	refused := s.host + "/acme/shop:1.3.9"
	fmt.Fprintf(s.w, "\n$ portcullis verify --key cosign.pub %s\n\n", refused)
	code := s.tools.Run(ctx, day, "verify", "--key", s.path("cosign.pub"), refused)
	fmt.Fprintf(s.w, "\nexit status %d\n", code)
	if code != 1 {
		return fmt.Errorf("the image that did not pass was verified: exit status %d", code)
	}
	return nil
}

func appendFile(name, text string) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(text); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
