package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// A Process returns the command of a process that calls [Serve] on its standard
// input and output. Policies of others are evaluated there: what one call of a
// builtin allocates cannot be stopped from within, and ends that process only.
type Process func(context.Context) (*exec.Cmd, error)

// A job is what such a process has to do. Everything of the options that can be
// written down is.
type job struct {
	Options  Options
	Tree     place
	Policies place
	Fetched  map[string][]written
	Memory   uint64
	Verbose  bool
}

// A place is a tree, to be opened again.
type place struct {
	Dir     string
	Exclude []string
}

func placeOf(t *workspace.Tree) place { return place{Dir: t.Dir(), Exclude: t.Excluded()} }

// A written file is a source in a job.
type written struct {
	Path string
	Data []byte
}

// An answer is one line of what such a process writes: a line of its log, or,
// at the end, the result.
type answer struct {
	Log      json.RawMessage `json:",omitempty"`
	Result   *gate.Result    `json:",omitempty"`
	Failures []gate.Failure  `json:",omitempty"`
}

// isolate runs the stage in another process.
func (s *Stage) isolate(ctx context.Context) (gate.Result, error) {
	fetched, err := s.bundles(ctx)
	if err != nil {
		return gate.Result{}, err
	}
	cmd, err := s.o.Process(ctx)
	if err != nil {
		return gate.Result{}, fmt.Errorf("starting the process of the policies: %w", err)
	}
	in, inErr := cmd.StdinPipe()
	out, outErr := cmd.StdoutPipe()
	said := &head{most: 16 << 10}
	cmd.Stderr, cmd.WaitDelay = said, 3*time.Second
	if err := errors.Join(inErr, outErr); err != nil {
		return gate.Result{}, err
	}
	if err := cmd.Start(); err != nil {
		return gate.Result{}, fmt.Errorf("starting the process of the policies: %w", err)
	}
	sent := make(chan error, 1)
	go func() { sent <- json.NewEncoder(in).Encode(s.job(ctx, fetched)) }()
	last, readErr := s.receive(out)
	err = errors.Join(readErr, <-sent, in.Close())
	if waitErr := cmd.Wait(); ctx.Err() != nil {
		return gate.Result{}, context.Cause(ctx)
	} else if last.Result == nil {
		return gate.Result{}, s.broken(said.String(), firstError(waitErr, err))
	}
	return *last.Result, failuresError(last.Failures)
}

// firstError returns the first error that is one.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return errors.New("it ended without a result")
}

func (s *Stage) job(ctx context.Context, fetched map[string][]source) job {
	j := job{
		Options: s.o, Tree: placeOf(s.o.Tree), Policies: placeOf(s.o.Policies), Fetched: map[string][]written{},
		Memory: s.memory, Verbose: s.o.Log.Enabled(ctx, slog.LevelDebug),
	}
	for name, sources := range fetched {
		for _, f := range sources {
			j.Fetched[name] = append(j.Fetched[name], written{Path: f.path, Data: f.data})
		}
	}
	return j
}

// receive logs what the process logs and returns its result.
func (s *Stage) receive(out io.Reader) (answer, error) {
	for lines := json.NewDecoder(out); ; {
		var a answer
		if err := lines.Decode(&a); errors.Is(err, io.EOF) {
			return answer{}, nil
		} else if err != nil {
			return answer{}, fmt.Errorf("reading what the process of the policies says: %w", err)
		}
		if a.Result != nil {
			return a, nil
		}
		s.log(a.Log)
	}
}

// log logs a line of the other process.
func (s *Stage) log(line []byte) {
	var record map[string]any
	if json.Unmarshal(line, &record) != nil {
		return
	}
	var level slog.Level
	name, _ := record[slog.LevelKey].(string)
	_ = level.UnmarshalText([]byte(name)) // an unknown level is that of information
	message, _ := record[slog.MessageKey].(string)
	var rest []any
	for _, key := range slices.Sorted(maps.Keys(record)) {
		if key != slog.LevelKey && key != slog.MessageKey && key != slog.TimeKey {
			rest = append(rest, key, record[key])
		}
	}
	s.o.Log.Log(context.Background(), level, message, rest...)
}

// broken says why the process came to no result.
func (s *Stage) broken(said string, err error) error {
	for _, sign := range []string{"out of memory", "cannot allocate memory", "len out of range", "signal: killed"} {
		if strings.Contains(said, sign) || strings.Contains(err.Error(), sign) {
			return memoryError(s.memory)
		}
	}
	first, _, _ := strings.Cut(strings.TrimSpace(said), "\n")
	return fmt.Errorf("the process that evaluates the policies broke off: %w: %s", err, first)
}

// failuresError is the inverse of [gate.Failures].
func failuresError(failures []gate.Failure) error {
	var errs []error
	for _, f := range failures {
		errs = append(errs, &gate.CheckError{Location: f.Location, Err: errors.New(f.Message), Hint: f.Hint})
	}
	return errors.Join(errs...)
}

// A head keeps the first bytes that are written to it.
type head struct {
	bytes.Buffer
	most int
}

// Write is part of [io.Writer].
func (h *head) Write(p []byte) (int, error) {
	_, _ = h.Buffer.Write(p[:min(len(p), h.most-h.Len())]) // never fails
	return len(p), nil
}
