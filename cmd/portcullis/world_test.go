package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/scan"
	"github.com/portcullis-ci/portcullis/internal/sign"
	"github.com/portcullis-ci/portcullis/testdata/db"
	"github.com/portcullis-ci/portcullis/testdata/images"
)

// world are the commands that make what a script checks: the things around
// portcullis, all of them real.
var world = map[string]func(*testscript.TestScript, bool, []string){
	"registry": startRegistry,
	"hang":     startHang,
	"waitfor":  waitFor,
	"sigterm":  terminate,
	"empty":    mustBeEmpty,
	"image":    makeImage,
	"database": makeDatabase,
	"key":      makeKey,
	"program":  makeProgram,

	"private-registry": startPrivateRegistry,
	"push-database":    pushDatabase,

	"pull-request": checkOutPullRequest,
}

// startRegistry starts a registry; its host is in $REGISTRY from there on.
func startRegistry(ts *testscript.TestScript, _ bool, _ []string) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0)), registry.WithReferrersSupport(true)))
	ts.Defer(server.Close)
	ts.Setenv("REGISTRY", strings.TrimPrefix(server.URL, "http://"))
}

// startHang starts a registry that accepts connections and never answers; its
// host is in $REGISTRY. The file asked is there once somebody has connected.
func startHang(ts *testscript.TestScript, _ bool, _ []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	asked := ts.MkAbs("asked")
	go func() {
		for {
			if _, err := l.Accept(); err != nil {
				return
			}
			_ = os.WriteFile(asked, nil, 0o644)
		}
	}()
	ts.Setenv("REGISTRY", l.Addr().String())
}

// terminate sends SIGTERM to what runs in the background.
func terminate(ts *testscript.TestScript, _ bool, _ []string) {
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(syscall.SIGTERM))
	}
}

// waitFor waits until a file is there.
func waitFor(ts *testscript.TestScript, _ bool, args []string) {
	for range 600 {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s did not appear", args[0])
}

// mustBeEmpty fails if there is anything in a folder.
func mustBeEmpty(ts *testscript.TestScript, _ bool, args []string) {
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	for _, e := range entries {
		ts.Fatalf("%s holds %s", args[0], e.Name())
	}
}

// makeImage makes an image of a root file system: shop, shop-fixed, or a folder
// of the script. The target is oci:DIR, tar:FILE or a reference; an index
// of two platforms, but for tar.
func makeImage(ts *testscript.TestScript, _ bool, args []string) {
	var rootfs fs.FS
	switch args[0] {
	case "shop":
		rootfs = images.Shop()
	case "shop-fixed":
		rootfs = images.ShopFixed()
	default:
		rootfs = os.DirFS(ts.MkAbs(args[0]))
	}
	amd64, err := image.FromFS(rootfs, v1.Platform{OS: "linux", Architecture: "amd64"}, day)
	ts.Check(err)
	arm64, err := image.FromFS(rootfs, v1.Platform{OS: "linux", Architecture: "arm64"}, day)
	ts.Check(err)
	index, err := image.Index(amd64, arm64)
	ts.Check(err)
	switch kind, path, _ := strings.Cut(args[1], ":"); kind {
	case "oci":
		l, err := layout.Write(ts.MkAbs(path), empty.Index)
		ts.Check(err)
		ts.Check(l.AppendIndex(index))
	case "tar":
		tag, err := name.NewTag("shop:1")
		ts.Check(err)
		ts.Check(tarball.WriteToFile(ts.MkAbs(path), tag, amd64))
	default:
		ref, err := name.ParseReference(args[1])
		ts.Check(err)
		ts.Check(remote.WriteIndex(ref, index, remote.WithContext(context.Background())))
	}
}

// makeProgram makes a file that a scanner takes for a program of Go: of a version,
// with modules as PATH@VERSION; without a version, for one that tells nothing.
func makeProgram(ts *testscript.TestScript, _ bool, args []string) {
	var version string
	var modules []string
	for i, arg := range args[1:] {
		if i == 0 {
			version = arg
			continue
		}
		modules = append(modules, strings.Replace(arg, "@", " ", 1))
	}
	file := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o755))
	ts.Check(os.WriteFile(file, images.GoProgram(version, modules...), 0o755))
}

// makeDatabase makes a small vulnerability database in a folder, of the day or
// of some time before.
func makeDatabase(ts *testscript.TestScript, _ bool, args []string) {
	updated := day
	if len(args) > 1 {
		age, err := time.ParseDuration(args[1])
		ts.Check(err)
		updated = updated.Add(-age)
	}
	ts.Check(scan.BuildDatabase(ts.MkAbs(args[0]), db.Fixtures, updated))
}

// makeKey makes NAME.key with the password "open sesame", and NAME.pub.
func makeKey(ts *testscript.TestScript, _ bool, args []string) {
	private, public, err := sign.GenerateKey([]byte("open sesame"))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".key"), private, 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".pub"), public, 0o644))
}

// checkOutPullRequest makes in folder DIR what actions/checkout makes for a pull
// request that turns the files of BASE into those of HEAD, the merge commit and
// its parents, and sets the environment that the runner sets.
func checkOutPullRequest(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: pull-request DIR BASE HEAD")
	}
	dir := ts.MkAbs(args[0])
	repository, err := git.PlainInit(dir, false)
	ts.Check(err)
	commit := func(files string, parents ...plumbing.Hash) plumbing.Hash {
		entries, err := os.ReadDir(dir)
		ts.Check(err)
		for _, e := range entries {
			if e.Name() != ".git" {
				ts.Check(os.RemoveAll(filepath.Join(dir, e.Name())))
			}
		}
		ts.Check(os.CopyFS(dir, os.DirFS(ts.MkAbs(files))))
		worktree, err := repository.Worktree()
		ts.Check(err)
		ts.Check(worktree.AddWithOptions(&git.AddOptions{All: true}))
		hash, err := worktree.Commit(files, &git.CommitOptions{
			Author: &object.Signature{Name: "a", Email: "a@example.com", When: day}, Parents: parents, AllowEmptyCommits: true,
		})
		ts.Check(err)
		return hash
	}
	base := commit(args[1])
	head := commit(args[2], base)
	merge := commit(args[2], base, head)
	event := fmt.Sprintf(`{"number": 7, "repository": {"full_name": "acme/shop", "default_branch": "main"},
		"pull_request": {"number": 7, "head": {"sha": %q, "repo": {"full_name": "acme/shop"}}, "base": {"sha": %q}}}`, head, base)
	ts.Check(os.WriteFile(ts.MkAbs("event.json"), []byte(event), 0o644))
	for name, value := range map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": ts.MkAbs("event.json"),
		"GITHUB_REPOSITORY": "acme/shop", "GITHUB_SHA": merge.String(), "GITHUB_WORKSPACE": dir, "GITHUB_REF": "refs/pull/7/merge",
	} {
		ts.Setenv(name, value)
	}
}
