//go:build e2e

package browser

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// pick clicks the choice with this value.
func pick(value string) chromedp.Action {
	return chromedp.Click(`//label[input[@value="`+value+`"]]`, chromedp.BySearch)
}

func TestFilter(t *testing.T) {
	v := show(t, sample(t, "closed"))
	for _, test := range []struct {
		name   string
		text   string
		choose []string
		want   int
		said   string
	}{
		{name: "nothing chosen", want: 8, said: "8 of 8 shown"},
		{name: "a stage", choose: []string{"scan"}, want: 3, said: "3 of 8 shown"},
		{name: "two severities", choose: []string{"critical", "unknown"}, want: 3, said: "3 of 8 shown"},
		{name: "stage and severity", choose: []string{"scan", "critical"}, want: 1, said: "1 of 8 shown"},
		{name: "status", choose: []string{"waived"}, want: 1, said: "1 of 8 shown"},
		{name: "a rule", text: "pc1001", want: 1, said: "1 of 8 shown"},
		{name: "words in any order", text: "CERTIFICATE zlib", want: 1, said: "1 of 8 shown"},
		{name: "the code line", text: "alpine:latest", want: 4, said: "4 of 8 shown"},
		{name: "text and stage", text: "alpine:latest", choose: []string{"dockerfile"}, want: 1, said: "1 of 8 shown"},
		{name: "no match", text: "no such words", want: 0, said: "0 of 8 shown"},
	} {
		v.do(chromedp.Click(`button[type=reset]`), chromedp.WaitVisible("#filter"))
		for _, choice := range test.choose {
			v.do(pick(choice))
		}
		if test.text != "" {
			v.do(chromedp.SendKeys("#text", test.text))
		}
		v.do(chromedp.Sleep(50 * time.Millisecond)) // the form is reset after its event
		if got := value[int](v, shown); got != test.want {
			t.Errorf("%s: %d findings are shown, want %d", test.name, got, test.want)
		}
		if got := value[string](v, `document.getElementById("shown").textContent`); got != test.said {
			t.Errorf("%s: the page says %q", test.name, got)
		}
		if empty := value[bool](v, `document.getElementById("empty").checkVisibility()`); empty != (test.want == 0) {
			t.Errorf("%s: said to be empty: %v", test.name, empty)
		}
	}
	v.quiet()
}

func TestKeyboard(t *testing.T) {
	v := show(t, sample(t, "closed"))
	focus := func() string {
		return value[string](v, `(() => { const e = document.activeElement; return e.id || e.value || e.textContent.trim().split("\n")[0] })()`)
	}
	for i, want := range []string{"Skip to the findings", "text", "fold", "Clear", "policy", "dockerfile", "scan", "critical", "high"} {
		v.do(chromedp.KeyEvent(kb.Tab))
		if got := focus(); got != want {
			t.Fatalf("tab %d is at %q, want %q", i+1, got, want)
		}
	}
	v.do(chromedp.KeyEvent(" ")) // high
	if got := value[int](v, shown); got != 2 {
		t.Errorf("the blank key chose %d findings, want 2", got)
	}
	v.do(chromedp.KeyEvent(kb.Escape), chromedp.Sleep(50*time.Millisecond))
	if got := value[int](v, shown); got != 8 {
		t.Errorf("escape left %d findings", got)
	}
	// chromedp's own key event types the character even where the page took the key for itself.
	v.do(input.DispatchKeyEvent(input.KeyDown).WithKey("/").WithText("/"), input.DispatchKeyEvent(input.KeyUp).WithKey("/"))
	v.do(chromedp.KeyEvent("j/k"))
	if got := value[string](v, `document.getElementById("text").value`); got != "j/k" {
		t.Errorf("the search field holds %q: keys of the page work in it", got)
	}
	v.do(chromedp.KeyEvent(kb.Escape), chromedp.Sleep(50*time.Millisecond), chromedp.Evaluate(`document.activeElement.blur()`, nil))
	index := `[...document.querySelectorAll("summary")].indexOf(document.activeElement)`
	for i, step := range []struct {
		key  string
		want int
	}{{"j", 0}, {"j", 1}, {"k", 0}, {"k", 0}} {
		v.do(chromedp.KeyEvent(step.key))
		if got := value[int](v, index); got != step.want {
			t.Errorf("step %d: %q goes to finding %d, want %d", i, step.key, got, step.want)
		}
	}
	open := `document.querySelector(".finding details").open`
	before := value[bool](v, open)
	v.do(chromedp.KeyEvent(kb.Enter))
	if value[bool](v, open) == before {
		t.Error("the enter key does not fold a finding")
	}
	v.quiet()
}

// Without its script the page shows everything, and no control that would do nothing.
func TestWithoutScript(t *testing.T) {
	v := show(t, sample(t, "closed"), emulation.SetScriptExecutionDisabled(true))
	if got := value[int](v, shown); got != 8 {
		t.Errorf("%d findings are shown, want 8", got)
	}
	if value[bool](v, `document.getElementById("filter").checkVisibility()`) {
		t.Error("the filter is shown")
	}
	v.quiet()
}

func TestManyFindings(t *testing.T) {
	r := sample(t, "closed")
	r.Stages[0].Findings = nil
	for i := range 5000 {
		r.Stages[0].Findings = append(r.Stages[0].Findings, gate.Finding{
			Rule: fmt.Sprintf("PC%04d", i%500), Severity: gate.Severities()[i%5], Title: "Title", Message: fmt.Sprintf("container %d is privileged", i),
			Location: gate.Location{Path: "deploy.yaml", Range: gate.Range{Line: i + 1}}, Source: "privileged: true",
		})
	}
	v := show(t, r)
	v.do(chromedp.SendKeys("#text", "pc0042"))
	if got := value[int](v, shown); got != 10 {
		t.Errorf("%d findings are shown, want 10", got)
	}
	const measure = `(() => {
		const field = document.getElementById("text"), start = performance.now();
		for (const text of ["", "PC004", ""]) { field.value = text; field.dispatchEvent(new Event("input", {bubbles: true})); document.body.offsetHeight }
		return (performance.now() - start) / 3;
	})()`
	t.Logf("filtering takes %.0f ms with layout", value[float64](v, measure))
	v.quiet()
}
