//go:build e2e

package browser

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

var screenshots = flag.String("screenshots", "", "write the pictures of the documentation into this `folder`")

// scheme makes the page light or dark.
func scheme(name string) chromedp.Action {
	return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}})
}

// faint lists the texts of a page with a contrast below 4.5, what WCAG AA demands of small text. The banner's lattice
// is left out of the background: it makes it lighter by less than 4 %.
const faint = `(() => {
	const parse = (c) => { const v = c.match(/[\d.]+/g).map(Number); return v.length < 4 ? [...v, 1] : v };
	const back = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c } return [255, 255, 255] };
	const light = (c) => c.slice(0, 3).map((v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
	const found = [];
	let texts = 0;
	for (const e of document.querySelectorAll("body *")) {
		if (!e.checkVisibility() || ![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
		texts++;
		const [a, b] = [light(parse(getComputedStyle(e).color)), light(back(e))].sort((x, y) => y - x);
		const ratio = (a + .05) / (b + .05);
		if (ratio < 4.5) found.push(ratio.toFixed(2) + " " + e.tagName + "." + e.className + " " + e.textContent.trim().slice(0, 40));
	}
	return texts > 30 ? found : ["only " + texts + " texts were measured"];
})()`

func TestContrast(t *testing.T) {
	for _, name := range []string{"closed", "opened"} {
		v := show(t, sample(t, name))
		v.do(chromedp.Evaluate(`for (const d of document.querySelectorAll("details")) d.open = true; for (const i of document.querySelectorAll(".pill:nth-of-type(odd) input")) i.checked = true`, nil))
		for _, colours := range []string{"light", "dark"} {
			v.do(scheme(colours))
			for _, text := range value[[]string](v, faint) {
				t.Errorf("%s, %s: contrast %s", name, colours, text)
			}
		}
		v.quiet()
	}
}

// Landmarks, one main heading and no level left out, a name for each control.
func TestStructure(t *testing.T) {
	v := show(t, sample(t, "closed"))
	for expression, want := range map[string]int{
		`document.querySelectorAll("body > header, body > main, body > footer, [role=search]").length`:                                4,
		`document.querySelectorAll("h1").length`:                                                                                      1,
		`[...document.querySelectorAll("h1, h2, h3")].filter((h, i, all) => i && h.tagName[1] - all[i - 1].tagName[1] > 1).length`:    0,
		`[...document.querySelectorAll("input")].filter((i) => !i.labels.length).length`:                                              0,
		`[...document.querySelectorAll("section")].filter((s) => !document.getElementById(s.getAttribute("aria-labelledby"))).length`: 0,
		`document.querySelectorAll("fieldset:not(:has(> legend)), table:not(:has(th[scope=col])), html:not([lang])").length`:          0,
		`document.querySelectorAll("[id]").length - new Set([...document.querySelectorAll("[id]")].map((e) => e.id)).size`:            0,
	} {
		if got := value[int](v, expression); got != want {
			t.Errorf("%s is %d, want %d", expression, got, want)
		}
	}
}

// On a narrow screen nothing is cut off: only code and tables scroll, by themselves.
func TestNarrow(t *testing.T) {
	for _, name := range []string{"closed", "opened", "empty"} {
		v := show(t, sample(t, name), chromedp.EmulateViewport(340, 800))
		if wide := value[int](v, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
			t.Errorf("%s: the page is %d pixels wider than the screen", name, wide)
		}
	}
}

func TestScreenshots(t *testing.T) {
	if *screenshots == "" {
		t.Skip("make screenshots runs this")
	}
	for _, test := range []struct {
		file, report, scheme string
		width, height        int64
	}{
		{file: "report-light.png", report: "closed", scheme: "light", width: 1100, height: 1400},
		{file: "report-dark.png", report: "closed", scheme: "dark", width: 1100, height: 1400},
		{file: "report-open.png", report: "opened", scheme: "light", width: 1100, height: 1000},
	} {
		v := show(t, sample(t, test.report), chromedp.EmulateViewport(test.width, test.height), scheme(test.scheme))
		var picture []byte
		v.do(chromedp.CaptureScreenshot(&picture))
		if err := os.WriteFile(filepath.Join(*screenshots, test.file), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
