package cli

import (
	"fmt"
	"io"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/report"
)

// patience is how long a stage may be silent before its progress shows.
const patience = time.Second

// A progress shows on one line of a terminal what a run is busy with, once it
// takes longer than a second. Elsewhere it shows nothing. Its methods may be
// called from several goroutines.
type progress struct {
	w io.Writer // nil: not a terminal
	// width returns the columns of the terminal: a line that wraps could not be
	// taken away again.
	width func() int
	done  chan struct{}
	idle  sync.WaitGroup
	once  sync.Once // closes done

	mu     sync.Mutex
	name   string
	detail string // the step, which somebody else may have named
	amount string // how much of it is done; "": not known
	since  time.Time
	shown  bool
}

func (a *App) newProgress() *progress {
	p := &progress{done: make(chan struct{}), since: time.Now()}
	if !a.terminal(a.Stderr) {
		return p
	}
	p.w, p.width = a.Stderr, func() int { return a.width(a.Stderr) }
	p.idle.Go(p.draw)
	return p
}

// stage says which stage has begun.
func (p *progress) stage(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.name, p.detail, p.amount, p.since = name, "", "", time.Now()
}

// step says what a stage is doing: done of total bytes where total is known.
func (p *progress) step(step string, done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.detail, p.amount = step, ""
	if total > 0 {
		p.amount = fmt.Sprintf("%s %3d %%", bar(done, total), 100*done/total)
	}
}

// bar draws how much of total is done, in 20 columns.
func bar(done, total int64) string {
	const width = 20
	full := min(max(done*width/total, 0), width)
	b := make([]rune, width)
	for i := range b {
		b[i] = '░'
		if int64(i) < full {
			b[i] = '█'
		}
	}
	return string(b)
}

func (p *progress) draw() {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for frame := 0; ; frame++ {
		select {
		case <-p.done:
			p.clear()
			return
		case now := <-tick.C:
			p.frame(frame, now)
		}
	}
}

func (p *progress) frame(n int, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	took := now.Sub(p.since)
	if took < patience {
		return
	}
	spinner := []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
	line := p.line(took, p.width())
	fmt.Fprintf(p.w, "\r\x1b[2K%c %s", spinner[n%len(spinner)], line)
	p.shown = true
}

// line is what is shown, in as many columns as there are beside the spinner: the
// beginning of a step's name goes first.
func (p *progress) line(took time.Duration, width int) string {
	rest := fmt.Sprintf("  %.0f s", took.Seconds())
	if p.amount != "" {
		rest = "  " + p.amount + rest
	}
	all := []rune(p.name + " " + report.Terminal(p.detail))
	room := width - 3 - utf8.RuneCountInString(rest)
	if width > 0 && len(all) > room {
		all = append([]rune("…"), all[min(len(all)-max(room, 1)+1, len(all)):]...)
	}
	line := []rune(string(all) + rest)
	if width > 3 && len(line) > width-3 {
		line = line[:width-3]
	}
	return string(line)
}

func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[2K")
	}
}

// stop takes the line away. Nothing is drawn afterwards.
func (p *progress) stop() {
	p.once.Do(func() { close(p.done) })
	p.idle.Wait()
}
