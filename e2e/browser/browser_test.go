//go:build e2e

// Package browser holds the tests that look at the HTML report in a real browser: a Chromium on the PATH, or the one
// that E2E_CHROMIUM names.
package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/report"
)

// sample is a report of the golden files of internal/report.
func sample(t *testing.T, name string) gate.Report {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "internal", "report", "testdata", name+".json.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r gate.Report
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// A tab is a page of the browser that shows a report, and what it did.
type tab struct {
	t       *testing.T
	ctx     context.Context
	address string

	mu       sync.Mutex
	said     []string // on the console, and what the browser has to complain of
	requests []string
}

// show opens a report. before runs in the tab before the page is loaded.
func show(t *testing.T, r gate.Report, before ...chromedp.Action) *tab {
	t.Helper()
	write, err := report.For("html")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := write(&b, r, report.Options{}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
	)
	if path := os.Getenv("E2E_CHROMIUM"); path != "" {
		options = append(options, chromedp.ExecPath(path))
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	v := &tab{t: t, ctx: ctx, address: "file://" + file}
	chromedp.ListenTarget(ctx, v.listen)
	v.do(append(append([]chromedp.Action{network.Enable(), log.Enable(), runtime.Enable()}, before...), chromedp.Navigate(v.address))...)
	return v
}

func (v *tab) listen(event any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch event := event.(type) {
	case *network.EventRequestWillBeSent:
		v.requests = append(v.requests, event.Request.URL)
	case *log.EventEntryAdded:
		v.said = append(v.said, event.Entry.Text)
	case *runtime.EventExceptionThrown:
		v.said = append(v.said, event.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		v.said = append(v.said, "console."+event.Type.String())
	}
}

// do runs actions in the tab.
func (v *tab) do(actions ...chromedp.Action) {
	v.t.Helper()
	if err := chromedp.Run(v.ctx, actions...); err != nil {
		v.t.Fatal(err)
	}
}

// value is what an expression is worth on the page.
func value[T any](v *tab, expression string, options ...chromedp.EvaluateOption) (result T) {
	v.t.Helper()
	v.do(chromedp.Evaluate(expression, &result, options...))
	return result
}

// awaited waits for an expression that is a promise.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// quiet checks that the page asked for nothing but itself, and that nobody complained.
func (v *tab) quiet() {
	v.t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.requests) != 1 || v.requests[0] != v.address {
		v.t.Errorf("the page requests %q", v.requests)
	}
	if len(v.said) > 0 {
		v.t.Errorf("the browser says:\n%s", strings.Join(v.said, "\n"))
	}
}

// shown counts the findings that a reader sees.
const shown = `[...document.querySelectorAll(".finding")].filter((e) => e.checkVisibility()).length`
