package report

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// elements lists the elements of a page with their attributes, without the values that are text, and all text.
func elements(t *testing.T, page string) (all []string, text string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for n := range doc.Descendants() {
		switch n.Type {
		case html.TextNode:
			words = append(words, n.Data)
		case html.CommentNode:
			all = append(all, "comment")
		case html.ElementNode:
			e := n.Data
			for _, a := range n.Attr {
				e += " " + a.Key
				if slices.Contains([]string{"class", "id", "href", "src", "http-equiv"}, a.Key) {
					e += "=" + a.Val
				}
			}
			all = append(all, e)
		}
	}
	return all, strings.Join(words, "\n")
}

// Data changes no element of the page, none of their classes, and no address.
func TestR29HTMLHostileStringsStayText(t *testing.T) {
	clean, _ := elements(t, render(t, "html", first(poisoned("x")), Options{}))
	clean = append(clean, "div class=signature failed") // where the digest is empty
	for _, s := range append(slices.Clone(hostile), `"><script>alert(1)</script>`, "</style><b>", "javascript:alert(1)", "{{.}}", "' onclick='x") {
		got, text := elements(t, render(t, "html", first(poisoned(s)), Options{}))
		for i, e := range got {
			if !slices.Contains(clean, e) {
				t.Errorf("%q makes %q, element %d", s, e, i)
			}
		}
		if strings.ContainsAny(text, "\x1b\u202e\u200b\u2066") {
			t.Errorf("%q: hidden characters are not shown", s)
		}
	}
}

func TestR29HTMLLinks(t *testing.T) {
	for in, want := range map[string]string{
		"https://avd.example/CVE-1":   "https://avd.example/CVE-1",
		"http://avd.example/":         "",
		"javascript:alert(1)":         "",
		"//evil.example":              "",
		"https://user@evil.example/":  "",
		"https:evil":                  "",
		"https://e\u202evil.example/": "",
		"data:text/html,x":            "",
		"":                            "",
	} {
		if got := link(in); got != want {
			t.Errorf("link(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestHTMLLoadsNothing(t *testing.T) {
	page := render(t, "html", closed(), Options{})
	all, _ := elements(t, page)
	for _, e := range all {
		name, attrs, _ := strings.Cut(e, " ")
		if slices.Contains([]string{"img", "link", "iframe", "object", "base", "audio", "video", "source"}, name) ||
			regexp.MustCompile(`(^| )(src|style|on\w+)\b`).MatchString(attrs) {
			t.Errorf("the page has %s", e)
		}
	}
	for _, source := range []string{htmlStyle, htmlScript} {
		if strings.Contains(source, "url(") || strings.Contains(source, "@import") || strings.Contains(source, "fetch(") || !strings.Contains(page, source) {
			t.Errorf("not as it was written, or it loads something: %.60q", source)
		}
		if !strings.Contains(string(htmlPolicy), sourceHash(source)) {
			t.Errorf("the policy does not allow %.60q", source)
		}
	}
}

func TestHTMLPieces(t *testing.T) {
	long := strings.Repeat("0123456789", 100)
	for _, test := range []struct {
		source string
		at     gate.Range
		want   pageCode
	}{
		{"a: true", gate.Range{Line: 3, Column: 4, EndLine: 3, EndColumn: 8}, pageCode{Line: 3, Before: "a: ", At: "true"}},
		{"\t東京: x", gate.Range{Line: 3, Column: 2, EndLine: 3, EndColumn: 4}, pageCode{Line: 3, Before: "    ", At: "東京", After: ": x"}},
		{"a\u202eb", gate.Range{Line: 3, Column: 2}, pageCode{Line: 3, Before: "a", At: `\u202e`, After: "b"}},
		{"run: |", gate.Range{Line: 3, Column: 6, EndLine: 9, EndColumn: 2}, pageCode{Line: 3, Before: "run: ", At: "|"}},
		{"a", gate.Range{Line: 3, Column: 9, EndLine: 3, EndColumn: 12}, pageCode{Line: 3, Before: "a", At: " "}},
		{"a: b", gate.Range{Line: 3}, pageCode{Line: 3, After: "a: b"}},
		{long, gate.Range{Line: 3, Column: 999, EndLine: 3, EndColumn: 1001}, pageCode{Line: 3, Before: "…" + long[899:998], At: "89"}},
		{long, gate.Range{Line: 3, Column: 1, EndLine: 3, EndColumn: 3}, pageCode{Line: 3, At: "01", After: long[2:398] + "…"}},
	} {
		got := pieces(gate.Finding{Source: test.source, Location: gate.Location{Range: test.at}})
		if got == nil || *got != test.want {
			t.Errorf("pieces(%.20q, %+v) = %+v, want %+v", test.source, test.at, got, test.want)
		}
	}
}

func TestHTMLShowsFixes(t *testing.T) {
	r := closed()
	r.Stages[1].Findings[0].Fix = &gate.Fix{Path: "Dockerfile", StartLine: 1, EndLine: 2, Replacement: "FROM alpine:3.20\nUSER 1000\n"}
	_, text := elements(t, render(t, "html", r, Options{Base: "shop"}))
	for _, want := range []string{"Write this in place of lines 1 to 2 of shop/Dockerfile", "FROM alpine:3.20\nUSER 1000"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// Whatever a signature says of itself: only one of what was scanned, and verified, looks good.
func TestR03HTMLSignature(t *testing.T) {
	for _, test := range []struct {
		scanned, signed string
		verified        bool
		class           string
	}{
		{indexDigest, indexDigest, true, "passed"}, {indexDigest, indexDigest, false, "failed"},
		{indexDigest, amd64Digest, true, "failed"}, {"", "", true, "failed"},
	} {
		if got := pageSignatureOf(test.scanned, &gate.Signature{Digest: test.signed, Verified: test.verified}); got.Class != test.class {
			t.Errorf("%+v looks %s", test, got.Class)
		}
	}
}

func TestR48HTMLHasEveryFinding(t *testing.T) {
	page := render(t, "html", many(5000), Options{})
	if got := strings.Count(page, `<li class="finding `); got != 5000 {
		t.Errorf("%d findings on the page", got)
	}
	if got := strings.Count(page, " open><summary>"); got != unfolded {
		t.Errorf("%d findings are unfolded, want the first that close the gate", got)
	}
}

func FuzzHTML(f *testing.F) {
	add(f)
	f.Fuzz(func(t *testing.T, s string) {
		r := closed()
		finding := &r.Stages[0].Findings[1]
		finding.Message, finding.Path, finding.Source, finding.Hint, finding.URL = s, s, s, s, s
		r.Stages = r.Stages[:1]
		all, _ := elements(t, render(t, "html", r, Options{}))
		for _, e := range all {
			if name, _, _ := strings.Cut(e, " "); !slices.Contains(strings.Fields("html head meta title style body a header div svg path p span h1 b main section h2 "+
				"ol li h3 ul code form label input output button fieldset legend kbd details summary pre mark dl dt dd table thead tbody tr th td article script footer figure figcaption"), name) {
				t.Errorf("%q makes %q", s, e)
			}
		}
	})
}
