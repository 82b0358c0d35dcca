// Package shellcheck runs the program ShellCheck on scripts.
//
// Many scripts go to one process. The program gets files and nothing else: no
// variables of the environment, no configuration file, no way to follow what a
// script sources.
package shellcheck

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/portcullis-ci/portcullis/internal/subprocess"
)

// A Program is an installed ShellCheck. It remembers what it said about a
// script, and may be used by several goroutines at once.
type Program struct {
	path    string
	timeout time.Duration

	mu    sync.Mutex
	known map[[sha256.Size]byte][]Comment // by rendered file
}

// New returns the program at a path. A process that takes longer than the
// time-out is stopped.
func New(path string, timeout time.Duration) *Program {
	return &Program{path: path, timeout: timeout, known: map[[sha256.Size]byte][]Comment{}}
}

const (
	// excluded are the checks that ask for files that a script sources: they
	// are in the image, not here.
	excluded = "SC1090,SC1091"
	// maxOutput bounds what is read of a process: a megabyte of script gives
	// less, unless it was written to give more.
	maxOutput = 64 << 20
	// maxKnown bounds how many scripts are remembered.
	maxKnown = 20_000
)

// Check returns the comments on each script, in the order of their places. One
// process checks those that are not known yet.
func (p *Program) Check(ctx context.Context, scripts []Script) ([][]Comment, error) {
	comments := make([][]Comment, len(scripts))
	sums := make([][sha256.Size]byte, len(scripts))
	at := map[[sha256.Size]byte]int{} // index into unknown
	var unknown []Script
	var files []rendered
	for i, s := range scripts {
		r := render(s)
		sums[i] = sha256.Sum256([]byte(r.content))
		if known, ok := p.recall(sums[i]); ok {
			comments[i] = known
		} else if _, twice := at[sums[i]]; !twice {
			at[sums[i]] = len(unknown)
			unknown, files = append(unknown, s), append(files, r)
		}
	}
	if len(unknown) == 0 {
		return comments, nil
	}
	printed, err := p.run(ctx, files)
	if err != nil {
		return nil, err
	}
	fresh, err := parse(printed, unknown, files, number)
	if err != nil {
		return nil, err
	}
	for i, sum := range sums {
		if n, ok := at[sum]; ok {
			comments[i] = fresh[n]
			p.remember(sum, fresh[n])
		}
	}
	return comments, nil
}

func (p *Program) recall(sum [sha256.Size]byte) ([]Comment, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known, ok := p.known[sum]
	return known, ok
}

func (p *Program) remember(sum [sha256.Size]byte, comments []Comment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) >= maxKnown {
		clear(p.known)
	}
	p.known[sum] = comments
}

// extension ends the names of the files, which begin with their number.
const extension = ".sh"

func number(file string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSuffix(file, extension))
	return n, err == nil
}

// run gives the files to one process and returns what it printed.
func (p *Program) run(ctx context.Context, files []rendered) ([]byte, error) {
	dir, err := os.MkdirTemp("", "portcullis-shellcheck-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for scripts: %w", err)
	}
	defer os.RemoveAll(dir)
	args := []string{"--norc", "--format", "json1", "--exclude", excluded, "--"}
	for i, f := range files {
		name := strconv.Itoa(i) + extension
		if err := os.WriteFile(filepath.Join(dir, name), []byte(f.content), 0o600); err != nil {
			return nil, fmt.Errorf("writing a script: %w", err)
		}
		args = append(args, name)
	}
	printed, err := subprocess.Run(ctx, subprocess.Command{
		Name: "shellcheck", Path: p.path, Args: args, Dir: dir, Env: []string{"HOME=" + dir, "LC_ALL=C.UTF-8"},
		Time: p.timeout, Output: maxOutput, Succeeded: []int{1}, // 1: it has comments
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return printed, err
}
