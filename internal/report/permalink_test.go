package report

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

const server = "https://github.com"

func TestPermalink(t *testing.T) {
	c := closed().Context
	const root = "https://github.com/acme/shop/blob/3f2a9c14d0b1e5a6c7d8e9f00112233445566778/"
	for _, test := range []struct {
		options Options
		place   gate.Location
		want    string
	}{
		{Options{Server: server}, at("Dockerfile", 3, 1, 4, ""), root + "Dockerfile#L3"},
		{Options{Server: server + "/"}, at("Dockerfile", 0, 0, 0, ""), root + "Dockerfile"},
		{Options{Server: server, Base: "shop"}, at("a b/c#d?e", 3, 1, 4, ""), root + "shop/a%20b/c%23d%3Fe#L3"},
		{Options{Server: server}, gate.Location{Path: "a", Range: gate.Range{Line: 3, EndLine: 9}}, root + "a#L3-L9"},
		{Options{Server: server}, at("README.md", 3, 1, 4, ""), root + "README.md?plain=1#L3"},
		{Options{Server: server, Base: "shop"}, at("../.github/x.yml", 1, 1, 4, ""), root + ".github/x.yml#L1"},
		{Options{Server: server}, at("../../../etc/passwd", 1, 1, 4, ""), root + "etc/passwd#L1"},
		{Options{Server: "https://ghe.example:8443/git"}, at("a", 1, 1, 4, ""), strings.Replace(root, server, "https://ghe.example:8443/git", 1) + "a#L1"},
		{Options{}, at("Dockerfile", 3, 1, 4, ""), ""},
		{Options{Server: "javascript:alert(1)"}, at("Dockerfile", 3, 1, 4, ""), ""},
		{Options{Server: "https://user@evil.example"}, at("Dockerfile", 3, 1, 4, ""), ""},
		{Options{Server: server}, gate.Location{}, ""},
	} {
		if got := test.options.permalink(c, test.place); got != test.want {
			t.Errorf("%+v of %+v: %q, want %q", test.place, test.options, got, test.want)
		}
	}
	for _, wrong := range []gate.Context{
		{Repository: "acme", SHA: c.SHA}, {Repository: "acme/..", SHA: c.SHA}, {Repository: "../x", SHA: c.SHA},
		{Repository: "acme/shop)", SHA: c.SHA}, {Repository: c.Repository, SHA: "main"}, {Repository: c.Repository},
	} {
		if got := (Options{Server: server}).permalink(wrong, at("a", 1, 1, 4, "")); got != "" {
			t.Errorf("%+v: %q", wrong, got)
		}
	}
}

// ownLink is what every link of a report has to look like.
var ownLink = regexp.MustCompile(`^https://github\.com/acme/shop/blob/[0-9a-f]{40}/[A-Za-z0-9/.%-]+(\?plain=1)?(#L\d+(-L\d+)?)?$`)

// FuzzPermalink holds that a link leads to the named file of the commit and
// nowhere else, and that it is one link in Markdown whatever the path is.
func FuzzPermalink(f *testing.F) {
	for _, s := range append(hostile, "a b/c#d?e", "../../x", "x](https://evil.example)", "x>y", "README.md", "a//b/./c") {
		f.Add("", s)
		f.Add(s, "Dockerfile")
	}
	f.Fuzz(func(t *testing.T, base, name string) {
		if strings.ContainsRune(base+name, 0) {
			return // the parser's own replacement is not at stake
		}
		o, c := Options{Server: server, Base: base}, closed().Context
		place := at(name, 7, 1, 4, "")
		to := o.permalink(c, place)
		if to == "" {
			if o.repository(name) != "" {
				t.Fatalf("no link for %q, %q", base, name)
			}
			return
		}
		u, err := url.Parse(to)
		if err != nil || !ownLink.MatchString(to) {
			t.Fatalf("%q, %q: %q (%v)", base, name, to, err)
		}
		if got := strings.TrimPrefix(u.Path, "/acme/shop/blob/"+c.SHA+"/"); got != o.repository(name) || strings.Contains("/"+got+"/", "/../") {
			t.Errorf("%q, %q: leads to %q", base, name, got)
		}
		links, others := anchors("- " + o.linkedPlace(c, place) + " end\n")
		if len(links) != 1 || links[0] != to || others > 0 {
			t.Errorf("%q, %q: links %q, %d other nodes", base, name, links, others)
		}
	})
}
