package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/report"
)

// A trace remembers when what ran, so that a person can see what waited for what.
// Its methods may be called from several goroutines.
type trace struct {
	now   func() time.Time
	begin time.Time

	mu    sync.Mutex
	spans []*span
	stage func() // ends the one that runs
}

// A span is some work, from its begin to its end after the begin of the trace.
type span struct {
	name       string
	begin, end time.Duration
}

func newTrace(now func() time.Time) *trace {
	return &trace{now: now, begin: now(), stage: func() {}}
}

// start begins a span, which the function that it returns ends. What never ended
// did so with the trace.
func (t *trace) start(name string) (end func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &span{name: name, begin: t.now().Sub(t.begin), end: -1}
	t.spans = append(t.spans, s)
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		s.end = t.now().Sub(t.begin)
	}
}

// next begins the span of a stage and ends that of the stage before, which run
// one after the other; "" only ends.
func (t *trace) next(stage string) {
	t.stage()
	if t.stage = func() {}; stage != "" {
		t.stage = t.start(stage)
	}
}

const (
	traceBar  = 40 // columns of the time that a run took
	traceName = 44
)

// write prints a line for each span, in the order of their begin.
func (t *trace) write(w io.Writer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	total := max(t.now().Sub(t.begin), time.Millisecond)
	spans := slices.Clone(t.spans)
	slices.SortStableFunc(spans, func(a, b *span) int { return cmp.Compare(a.begin, b.begin) })
	fmt.Fprintf(w, "portcullis: trace: %-*s %9s %9s\n", traceName, "", "begin", "took")
	for _, s := range spans {
		if s.end < 0 {
			s.end = total
		}
		name := report.Terminal(s.name)
		if n := utf8.RuneCountInString(name); n > traceName { // the end of a name tells it apart
			name = "…" + string([]rune(name)[n-traceName+1:])
		}
		line := fmt.Sprintf("%-*s %7.0f ms %6.0f ms  %s", traceName, name,
			milliseconds(s.begin), milliseconds(s.end-s.begin), traced(s, total))
		fmt.Fprintf(w, "portcullis: trace: %s\n", report.Log(strings.TrimRight(line, " ")))
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// traced draws when in the whole time a span was.
func traced(s *span, total time.Duration) string {
	first := int(traceBar * s.begin / total)
	last := max(int(traceBar*s.end/total), first+1)
	return strings.Repeat(" ", first) + strings.Repeat("━", last-first)
}
