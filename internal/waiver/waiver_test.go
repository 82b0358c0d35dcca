package waiver

import (
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func TestPackageURLs(t *testing.T) {
	for _, tc := range []struct {
		named, found string
		is, near     bool
	}{
		{"pkg:npm/lodash@4.17.20", "pkg:npm/lodash@4.17.20", true, true},
		{"pkg:npm/lodash@4.17.20", "pkg:npm/lodash@4.17.21", false, true},
		{"pkg:npm/lodash@4.17.20", "pkg:pypi/lodash@4.17.20", false, false},
		{"pkg:npm/lodash@4.17.20", "", false, false},
		{"pkg:npm/@acme/a@1.0.0", "pkg:npm/%40acme/a@1.0.0", true, true},
		{"pkg:npm/@acme/b@1.0.0", "pkg:npm/%40acme/a@1.0.0", false, false},
		{"pkg:deb/debian/openssl@3.0.1?arch=amd64&distro=debian-12", "pkg:deb/debian/openssl@3.0.1", true, true},
		{"pkg:deb/debian/g++@4:12.2", "pkg:deb/debian/g%2B%2B@4%3A12.2", true, true},
	} {
		p, found := Package{PURL: tc.named}, gate.Package{Name: "lodash", Installed: "4.17.20", PURL: tc.found}
		if p.is(found) != tc.is || p.near(found) != tc.near {
			t.Errorf("%s is %s: %v, near: %v", tc.named, tc.found, p.is(found), p.near(found))
		}
	}
}

// FuzzPackageURLs holds that a package is near itself, and that one in another
// version is another.
func FuzzPackageURLs(f *testing.F) {
	f.Add("pkg:npm/%40acme/a@1.0.0?x=y#z", "pkg:npm/@acme/a@1.0.1")
	f.Add("pkg:deb/debian/g%2B%2B@4%3A12.2", "pkg:generic/a@1/2@3")
	f.Fuzz(func(t *testing.T, a, b string) {
		p := Package{PURL: a}
		if p.check().message != "" {
			return
		}
		if itself := (gate.Package{PURL: a}); !p.is(itself) || !p.near(itself) {
			t.Errorf("%q is not itself", a)
		}
		found := gate.Package{PURL: b}
		if p.is(found) && !p.near(found) || p.is(found) && plainPURL(a) != plainPURL(b) || p.is(gate.Package{Name: a}) {
			t.Errorf("%q is %q", a, b)
		}
	})
}
