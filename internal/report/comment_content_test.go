package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// touched is a report of a change to files that decide about the gate.
func touched(names ...string) gate.Report {
	r := closed()
	r.Context.TrustedChanged = names
	return r
}

func TestR43TrustedFilesAtTheTop(t *testing.T) {
	const name = ".github/workflows/gate.yml"
	// What the line has to come before, in each format that people read.
	before := map[string]string{
		"text": "policy: 2 findings", "markdown": "4 findings at or above high", "html": `id="stages"`, "github": "::group::",
	}
	for _, format := range Names() {
		got := render(t, format, touched(name, "portcullis.yaml"), Options{Annotations: true})
		first := strings.Index(got, name)
		if first < 0 || !strings.Contains(got, "portcullis.yaml") {
			t.Errorf("%s does not name the trusted files", format)
		}
		if limit := before[format]; limit != "" && first > strings.Index(got, limit) {
			t.Errorf("%s names the trusted files behind %q", format, limit)
		}
		if strings.Contains(render(t, format, closed(), Options{Annotations: true}), "trusted files changed") {
			t.Errorf("%s speaks of trusted files where none changed", format)
		}
	}
	if got := Comment(touched(name), "k", Options{}); strings.Index(got, name) > strings.Index(got, "exit code") {
		t.Errorf("the comment begins\n%.300s", got)
	}
	many := touched(slices.Repeat([]string{strings.Repeat("x", 4000)}, 3000)...)
	if got := Comment(many, "k", Options{Limit: 2000}); len([]rune(got)) > 2000 {
		t.Errorf("%d characters", len([]rune(got)))
	}
}

// TestR29LinksLeadToTheRepository holds that every link of a comment leads to a
// file of the commit that was checked, whatever the report's strings are.
func TestR29LinksLeadToTheRepository(t *testing.T) {
	for _, s := range append(hostile, "x](https://evil.example)", "a) [b](c", "<https://evil.example>") {
		r, _ := poisoned(s)
		r.Context = closed().Context
		r.Context.TrustedChanged = []string{s, s}
		links, others := anchors(Comment(r, "k", Options{Server: server, Base: s}))
		if others != 2 { // the marker and the heading
			t.Errorf("%q makes %d nodes that are not ours", s, others)
		}
		for _, link := range links {
			if !ownLink.MatchString(link) {
				t.Errorf("%q makes a link to %q", s, link)
			}
		}
	}
	links, _ := anchors(Comment(closed(), "k", Options{Server: server, Base: "shop"}))
	const root = "https://github.com/acme/shop/blob/3f2a9c14d0b1e5a6c7d8e9f00112233445566778/shop/"
	for _, want := range []string{"deploy/broken.yaml#L7", "deploy/web.yaml#L23", "Dockerfile#L1"} {
		if !slices.Contains(links, root+want) {
			t.Errorf("no link to %s among %q", want, links)
		}
	}
}

func TestVerifyCommands(t *testing.T) {
	image := opened().Images[0]
	const digest = "@" + indexDigest
	for reference, want := range map[string]string{
		"registry.example/shop:1.4":         "registry.example/shop" + digest,
		"registry.example:5000/shop":        "registry.example:5000/shop" + digest,
		"registry.example/shop:1" + digest:  "registry.example/shop" + digest,
		"shop:1":                            "shop" + digest,
		"oci:dist":                          "",
		"docker:shop":                       "",
		"registry.example/shop:1 && rm -rf": "registry.example/shop" + digest,
		"registry.example/$(id):1":          "",
		"--upload=x":                        "",
		"registry.example/shop\u202e:1":     "",
		"":                                  "",
	} {
		image.Reference = reference
		commands := verifyCommands(image)
		if want == "" {
			if len(commands) > 0 {
				t.Errorf("%q: %q", reference, commands)
			}
			continue
		}
		for _, c := range commands {
			if !strings.HasSuffix(c, " "+want) || strings.ContainsAny(c, "$`;&|<>\"'\\") {
				t.Errorf("%q: %q", reference, c)
			}
		}
		if len(commands) != 2 {
			t.Errorf("%q: %q", reference, commands)
		}
	}
	image = opened().Images[0]
	image.Signature.Verified = false
	if got := verifyCommands(image); got != nil {
		t.Errorf("not verified: %q", got)
	}
}
