package policy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"syscall"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// Serve runs the stage for another process, which writes a job to in and reads
// the result from out; see [Process]. Renderers makes the renderers again from
// the values files of the options. The process gives up memory before the
// machine does, and ends when in does: nobody waits any more.
func Serve(ctx context.Context, in io.Reader, out io.Writer, renderers func(values map[string][]string) []manifest.Renderer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var j job
	input := json.NewDecoder(in)
	if err := input.Decode(&j); err != nil {
		return fmt.Errorf("reading the job: %w", err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, in) // any end is an end
		cancel()
	}()
	if err := boundMemory(j.Memory); err != nil {
		return err
	}
	answers := &answers{out: json.NewEncoder(out)}
	s, err := j.stage(answers)
	if err != nil {
		return err
	}
	s.o.Renderers = renderers(j.Options.Values)
	defer s.o.Tree.Close()
	defer s.o.Policies.Close()
	res, err := s.Run(ctx)
	return answers.send(answer{Result: &res, Failures: gate.Failures(err)})
}

// boundMemory makes the system refuse memory far beyond what policies may use.
// What a watch on the heap does not see in time ends the process there.
func boundMemory(limit uint64) error {
	hard := 2*limit + 1<<30
	var set syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_DATA, &set); err != nil {
		return fmt.Errorf("asking for the limit of memory: %w", err)
	}
	set.Cur = min(set.Max, hard)
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &set); err != nil {
		return fmt.Errorf("limiting memory: %w", err)
	}
	return nil
}

// stage makes the stage that a job describes.
func (j job) stage(log io.Writer) (*Stage, error) {
	o := j.Options
	var treeErr, policiesErr error
	o.Tree, treeErr = workspace.Open(j.Tree.Dir, j.Tree.Exclude)
	o.Policies, policiesErr = workspace.Open(j.Policies.Dir, j.Policies.Exclude)
	if err := errors.Join(treeErr, policiesErr); err != nil {
		return nil, err
	}
	level := slog.LevelInfo
	if j.Verbose {
		level = slog.LevelDebug
	}
	o.Log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: level}))
	s := New(o)
	s.memory = j.Memory
	s.once.Do(func() {
		s.fetched = map[string][]source{}
		for name, files := range j.Fetched {
			for _, f := range files {
				s.fetched[name] = append(s.fetched[name], source{path: f.Path, data: f.Data})
			}
		}
	})
	return s, nil
}

// answers writes answers, one at a time.
type answers struct {
	mu  sync.Mutex
	out *json.Encoder
}

func (a *answers) send(one answer) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.out.Encode(one)
}

// Write takes one line of the log.
func (a *answers) Write(line []byte) (int, error) {
	return len(line), a.send(answer{Log: line})
}
