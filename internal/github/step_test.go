package github

import (
	"strings"
	"testing"
)

func TestReadStep(t *testing.T) {
	env := map[string]string{
		"GITHUB_API_URL": "https://ghes.example/api/v3", "GITHUB_TOKEN": "of the job", "INPUT_TOKEN": " of the step\n",
		"GITHUB_REPOSITORY": "acme/shop", "GITHUB_WORKFLOW_REF": "acme/shop/.github/workflows/ci.yml@refs/heads/a@b",
		"GITHUB_JOB": "gate", "GITHUB_RUN_ID": "42", "GITHUB_RUN_ATTEMPT": "2", "GITHUB_REF": "refs/heads/main", "GITHUB_SERVER_URL": "https://ghes.example",
	}
	want := Step{
		API: "https://ghes.example/api/v3", Token: "of the step", Repository: "acme/shop", Workflow: ".github/workflows/ci.yml", Job: "gate",
		RunID: 42, Attempt: 2, Ref: "refs/heads/main", RunURL: "https://ghes.example/acme/shop/actions/runs/42/attempts/2",
	}
	if got := ReadStep(func(name string) string { return env[name] }); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := ReadStep(func(string) string { return "" }); got != (Step{}) {
		t.Errorf("%+v of nothing", got)
	}
}

func TestStepNames(t *testing.T) {
	s := Step{Workflow: ".github/workflows/ci.yml", Job: "gate"}
	keys := map[string]bool{}
	for _, tt := range []struct{ folder, matrix, want string }{
		{want: "ci.yml/gate"},
		{folder: ".", matrix: "null", want: "ci.yml/gate"},
		{folder: "charts", matrix: "{}", want: "ci.yml/gate (charts)"},
		{matrix: `{"os": "linux", "go": 1.26, "with": {"b": 1, "a": [2]}}`, want: `ci.yml/gate (1.26, linux, {"a":[2],"b":1})`},
		{folder: "charts", matrix: "nightly", want: "ci.yml/gate (charts; nightly)"},
	} {
		if got := s.Name(tt.folder, tt.matrix); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
		keys[s.Key(tt.folder, tt.matrix)] = true
	}
	if len(keys) != 5 { // "" and "." are different folders
		t.Errorf("%d keys", len(keys))
	}
	a, b := s.Name(strings.Repeat("é", 300)+"a", ""), s.Name(strings.Repeat("é", 300)+"b", "")
	if len([]rune(a)) != 120 || a == b {
		t.Errorf("%q, %q", a, b)
	}
}
