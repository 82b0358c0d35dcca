package podsecurity

import (
	"io/fs"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// TestOfficialFixtures runs every fixture that comes with the evaluator through
// the judge: the failing ones fail the check that they are named after and no
// other one, at a place that is known.
func TestOfficialFixtures(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "k8s.io/pod-security-admission").Output()
	if err != nil {
		t.Fatal(err)
	}
	root := os.DirFS(strings.TrimSpace(string(dir)) + "/test/testdata")
	judges := map[string]*Judge{}
	count := map[string]int{}
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".yaml" {
			return err
		}
		parts := strings.Split(name, "/") // level, version, pass or fail, file
		key := parts[0] + " " + parts[1]
		if judges[key] == nil {
			if judges[key], err = New(parts[0], parts[1]); err != nil {
				return err
			}
		}
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		objects, err := manifest.Read(name, data)
		if err != nil {
			return err
		}
		count[parts[2]]++
		report, err := judges[key].all(objects)
		if err != nil {
			return err
		}
		compareFixture(t, name, parts[2] == "fail", report.findings)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if count["pass"] < 900 || count["fail"] < 3000 {
		t.Errorf("%v", count)
	}
}

func compareFixture(t *testing.T, name string, fails bool, findings []gate.Finding) {
	t.Helper()
	check := prefix + strings.TrimRight(strings.TrimSuffix(path.Base(name), ".yaml"), "0123456789")
	found := slices.ContainsFunc(findings, func(f gate.Finding) bool {
		return strings.EqualFold(f.Rule, check) || strings.EqualFold(stead[strings.TrimPrefix(f.Rule, prefix)], check)
	})
	if found != fails || !fails && len(findings) > 0 {
		t.Errorf("%s: got %v", name, findings)
	}
	for _, f := range findings {
		if f.Precision == gate.Fallback || f.Line == 0 {
			t.Errorf("%s: %s at %s, %s", name, f.Rule, f.Location, f.Precision)
		}
	}
}

// stead maps the restricted checks to the baseline check that they replace.
var stead = map[string]string{
	"restrictedVolumes": prefix + "hostPathVolumes", "capabilities_restricted": prefix + "capabilities_baseline",
	"seccompProfile_restricted": prefix + "seccompProfile_baseline", "procMount_restricted": prefix + "procMount",
}
