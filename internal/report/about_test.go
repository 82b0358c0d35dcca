package report

import (
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func TestAbout(t *testing.T) {
	two := []gate.Package{{Name: "a", Installed: "1"}, {Name: "b", Installed: "1"}}
	for want, f := range map[string]gate.Finding{
		"":                              {},
		"FROM a":                        {Location: gate.Location{Object: "FROM a"}, Platforms: []string{"linux/amd64"}},
		"a 1":                           {Location: gate.Location{Object: "a 1"}, Packages: two[:1]},
		"a 1 and 1 more":                {Location: gate.Location{Object: "a 1"}, Packages: two},
		"a 1 and 1 more on linux/amd64": {Location: gate.Location{Object: "a 1"}, Packages: two, Image: "sha256:00", Platforms: []string{"linux/amd64"}},
		"linux/amd64, linux/arm64":      {Image: "sha256:00", Platforms: []string{"linux/amd64", "linux/arm64"}},
	} {
		if got := about(f); got != want {
			t.Errorf("about() = %q, want %q", got, want)
		}
	}
}
