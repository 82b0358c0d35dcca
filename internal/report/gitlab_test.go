package report

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func TestGitLabSchema(t *testing.T) {
	s := schema(t, "testdata/gitlab.schema.json")
	for _, text := range append(slices.Clone(hostile), "../../etc/passwd", "/abs", "./x") {
		if err := valid(t, s, render(t, "gitlab", first(poisoned(text)), Options{Base: "sub"})); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	good := render(t, "gitlab", closed(), Options{})
	for from, to := range map[string]string{
		`"blocker"`:             `"fatal"`,
		`"begin": 7`:            `"begin": 0`,
		`"path": "Dockerfile"`:  `"path": "/Dockerfile"`,
		`"path": "deploy/`:      `"path": "../deploy/`,
		`"fingerprint": "a3/1"`: `"fingerprint": ""`,
	} {
		bad := strings.Replace(good, from, to, 1)
		if bad == good {
			t.Errorf("%s is not in the report", from)
		}
		if valid(t, s, bad) == nil {
			t.Errorf("%s instead of %s is valid", to, from)
		}
	}
}

func TestGitLab(t *testing.T) {
	r := closed()
	r.Stages[2].Findings[0].Path = "" // a finding that only the image has
	var entries []gitlabEntry
	if err := json.Unmarshal([]byte(render(t, "gitlab", r, Options{Base: "services/shop"})), &entries); err != nil {
		t.Fatal(err)
	}
	var got []string
	seen := map[string]bool{}
	for _, e := range entries {
		got = append(got, e.Severity+" "+e.CheckName+" "+e.Location.Path)
		if seen[e.Fingerprint] {
			t.Errorf("two entries have the fingerprint %q", e.Fingerprint)
		}
		seen[e.Fingerprint] = true
	}
	want := []string{
		"blocker portcullis/policy services/shop/deploy/broken.yaml",
		"blocker CVE-2024-0001 registry.example/shop:1.4",
		"blocker PC1001, pss/privileged services/shop/deploy/web.yaml",
		"critical CVE-2024-0002 services/shop/Dockerfile",
		"critical PC1204 services/shop/deploy/web.yaml",
		"major DL3007 services/shop/Dockerfile",
		"minor CVE-2024-0003 services/shop/Dockerfile",
		"minor rego/main/deny services/shop/deploy/service.yaml",
		"info PC1300 services/shop/deploy/web.yaml",
	}
	if !slices.Equal(got, want) {
		t.Errorf("entries:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestR15GitLabShowsWhatWasNotChecked(t *testing.T) {
	got := render(t, "gitlab", gate.Report{Stages: []gate.StageReport{{Name: "scan"}}}, Options{})
	if !strings.Contains(got, "not checked: the stage gave no verdict") {
		t.Errorf("a stage without a verdict is not in the report:\n%s", got)
	}
}
