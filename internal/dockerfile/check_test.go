package dockerfile

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// checkList returns line, rule and severity of what build checks found.
func checkList(res gate.Result) []string {
	var all []string
	for _, f := range res.Findings {
		if registry[f.Rule].docker {
			all = append(all, fmt.Sprintf("%d %s %s", f.Line, strings.TrimPrefix(f.Rule, "build/"), f.Severity))
		}
	}
	return all
}

func TestR31CheckDirectivesAreHonouredAndStated(t *testing.T) {
	for _, tt := range []struct {
		name, src       string
		findings, notes []string
	}{
		{
			"file", "# check=skip=StageNameCasing,FromAsCasing\nFROM a:1 as B\nfrom c:1 AS D\n",
			[]string{"3 ConsistentInstructionCasing medium"},
			[]string{`1: "check=skip=build/StageNameCasing,build/FromAsCasing" suppressed 4 of the findings`},
		},
		{
			"after another directive", "# syntax=docker/dockerfile:1\n# check=skip=StageNameCasing\nFROM a:1 AS B\n",
			nil, []string{`2: "check=skip=build/StageNameCasing" suppressed 1 of the findings`},
		},
		{
			"instruction", "FROM a:1 AS b\n# check=skip=StageNameCasing\n\n# more\nFROM a:1 AS C\nFROM a:1 AS D\n",
			[]string{"6 StageNameCasing medium"},
			[]string{`2: "check=skip=build/StageNameCasing" suppressed 1 of the findings`},
		},
		{"error", "# check=error=true\nFROM a:1 as b\n", []string{"2 FromAsCasing high"}, nil},
		{
			"error and skip", "# check=skip=FromAsCasing;error=true\nFROM a:1 as B\n", []string{"2 StageNameCasing high"},
			[]string{`1: "check=skip=build/FromAsCasing" suppressed 1 of the findings`},
		},
		{"experimental", "# check=experimental=InvalidDefinitionDescription\n# b\nARG A=1\nFROM a:1\n", []string{"3 InvalidDefinitionDescription low"}, nil},
		{"off without it", "# b\nARG A=1\nFROM a:1\n", nil, nil},
		{
			"not understood", "# check=skip\nFROM a:1 as b\n", []string{"2 FromAsCasing medium"},
			[]string{`1: "check=skip" has no effect: invalid check option "skip"`},
		},
		{
			"nothing follows", "FROM a:1 as b\n# check=skip=FromAsCasing\n", []string{"1 FromAsCasing medium"},
			[]string{`2: "check=skip=build/FromAsCasing" has no effect: no instruction follows`},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, err := run(t, Options{}, map[string]string{"Dockerfile": tt.src})
			var notes []string
			for _, n := range tt.notes {
				notes = append(notes, "Dockerfile:"+n)
			}
			if got := checkList(res); err != nil || !slices.Equal(got, tt.findings) {
				t.Errorf("findings %q, want %q (%v)", got, tt.findings, err)
			}
			if !slices.Equal(res.Notes, notes) {
				t.Errorf("notes %q, want %q", res.Notes, notes)
			}
		})
	}
}

func TestCheckSkipsAll(t *testing.T) {
	src := "# check=skip=all\nFROM a:1 as B\nfrom c AS D\nMAINTAINER e\n"
	res, err := run(t, Options{}, map[string]string{"Dockerfile": src})
	if err != nil || len(checkList(res)) != 0 || len(list(res)) != 1 || !strings.HasPrefix(res.Notes[0], `Dockerfile:1: "check=skip=all: build/`) {
		t.Errorf("got %q, %q and %q, %v", checkList(res), list(res), res.Notes, err)
	}
	res, err = run(t, Options{DisableIgnorePragma: true}, map[string]string{"Dockerfile": src})
	if err != nil || len(checkList(res)) == 0 || !strings.Contains(res.Notes[0], "not honoured") {
		t.Errorf("forbidden: got %q and %q, %v", checkList(res), res.Notes, err)
	}
	o := Options{Severity: map[string]gate.Severity{"build/FromAsCasing": gate.Low}, Ignore: []string{"build/StageNameCasing"}}
	res, err = run(t, o, map[string]string{"Dockerfile": "# check=error=true\nFROM a:1 as B\n"})
	if got := checkList(res); err != nil || !slices.Equal(got, []string{"2 FromAsCasing low"}) {
		t.Errorf("the configuration wins: got %q, %v", got, err)
	}
}

// TestChecksNameTheirTwins holds that people read one line where a build check
// and a rule of hadolint say the same.
func TestChecksNameTheirTwins(t *testing.T) {
	res, err := run(t, Options{}, map[string]string{"Dockerfile": "FROM --platform=$TARGETPLATFORM a:1 AS x\nFROM --platform=linux/amd64 a:1 AS x\n" +
		"FROM a:1 AS context\nMAINTAINER a\nENV MY_PASSWORD=a\nWORKDIR a\nCMD a\n"})
	also := map[string]string{}
	for _, f := range res.Findings {
		if registry[f.Rule].docker {
			also[strings.TrimPrefix(f.Rule, "build/")] = strings.Join(f.Also, " ")
		}
	}
	want := map[string]string{
		"RedundantTargetPlatform": "DL3065", "FromPlatformFlagConstDisallowed": "DL3029", "DuplicateStageName": "DL3024",
		"ReservedStageName": "DL3063", "MaintainerDeprecated": "DL4000", "SecretsUsedInArgOrEnv": "DL3064",
		"WorkdirRelativePath": "DL3000", "JSONArgsRecommended": "DL3025",
	}
	if err != nil || !reflect.DeepEqual(also, want) {
		t.Errorf("got %v, %v", also, err)
	}
	if folded := gate.Fold(res.Findings); len(folded) != len(want) {
		t.Errorf("people read %d lines: %+v", len(folded), folded)
	}
}

func TestDockerignore(t *testing.T) {
	copies := "FROM scratch\nCOPY . /\nCOPY a b/c ./d/ /\n"
	for _, tt := range []struct {
		name, file, patterns string
		want                 []string
	}{
		{"root", ".dockerignore", "a\nb\n", []string{"3 CopyIgnoredFile medium", "3 CopyIgnoredFile medium"}},
		{"folder", "app/.dockerignore", "d\n", []string{"3 CopyIgnoredFile medium"}},
		{"own", "app/Dockerfile.dockerignore", "# comment\n\nb/c\n", []string{"3 CopyIgnoredFile medium"}},
		{"other folder", "other/.dockerignore", "*\n", nil},
		{"exceptions", ".dockerignore", "*\n!a\n", nil},
		{"everything", ".dockerignore", "*\n", []string{"2 CopyIgnoredFile medium", "3 CopyIgnoredFile medium", "3 CopyIgnoredFile medium", "3 CopyIgnoredFile medium"}},
		{"not a pattern", ".dockerignore", "[\n", nil},
	} {
		res, err := run(t, Options{}, map[string]string{"app/Dockerfile": copies, tt.file: tt.patterns})
		if got := checkList(res); err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q (%v)", tt.name, got, tt.want, err)
		}
	}
}
