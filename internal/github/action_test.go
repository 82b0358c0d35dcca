package github

import (
	"maps"
	"os"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"
)

// action is action.yml.
type action struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
	Author      string `yaml:"author"`
	Branding    struct {
		Icon  string `yaml:"icon"`
		Color string `yaml:"color"`
	} `yaml:"branding"`
	Inputs map[string]struct {
		Description string `yaml:"description"`
		Required    bool   `yaml:"required"`
		Default     string `yaml:"default"`
	} `yaml:"inputs"`
	Outputs map[string]struct {
		Description string `yaml:"description"`
	} `yaml:"outputs"`
	Runs struct {
		Using string   `yaml:"using"`
		Image string   `yaml:"image"`
		Args  []string `yaml:"args"`
	} `yaml:"runs"`
}

func TestActionFile(t *testing.T) {
	f, err := os.Open("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var a action
	decoder := yaml.NewDecoder(f)
	decoder.KnownFields(true)
	if err := decoder.Decode(&a); err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(a.Inputs)); !slices.Equal(got, InputNames()) {
		t.Errorf("inputs %v, want %v", got, InputNames())
	}
	if got := slices.Sorted(maps.Keys(a.Outputs)); !slices.Equal(got, OutputNames()) {
		t.Errorf("outputs %v, want %v", got, OutputNames())
	}
	for name, input := range a.Inputs {
		if input.Description == "" || input.Required {
			t.Errorf("input %s: %+v", name, input)
		}
	}
	for name, output := range a.Outputs {
		if output.Description == "" {
			t.Errorf("output %s has no description", name)
		}
	}
	if a.Runs.Using != "docker" || !slices.Equal(a.Runs.Args, []string{"${{ inputs.command }}"}) || a.Inputs["command"].Default != "run" {
		t.Errorf("runs: %+v", a.Runs)
	}
}

func TestInputs(t *testing.T) {
	env := map[string]string{
		"GITHUB_ACTIONS": "true", "INPUT_FAIL-ON": "  medium \n", "INPUT_OUTPUT": "json=a\nsarif=b", "INPUT_CONFIG": "", "INPUT_SECRET": "x",
	}
	getenv := func(key string) string { return env[key] }
	for name, want := range map[string]string{"fail-on": "medium", "output": "json=a\nsarif=b", "config": "", "stages": "", "secret": ""} {
		if got := Inputs(getenv)(name); got != want {
			t.Errorf("input %s = %q, want %q", name, got, want)
		}
	}
	env["GITHUB_ACTIONS"] = ""
	if got := Inputs(getenv)("fail-on"); got != "" {
		t.Errorf("outside of Actions an input is %q", got)
	}
}
