package shellcheck

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files, and record what the installed program prints")

// recorded are the scripts whose comments testdata/output.json holds, as
// ShellCheck 0.9.0 printed them.
var recorded = []Script{
	{Text: "echo $a \"$HTTP_PROXI\" é $b\nls *.txt", Shell: "sh", Variables: []string{"HTTP_PROXY"}},
	{Text: "#!/bin/bash\n# shellcheck disable=SC2154\nls $x && cd /y\n", Shell: "bash"},
	{Text: "true", Shell: "dash"},
	{Text: "if true; then", Shell: "ksh"},
}

func TestParse(t *testing.T) {
	const printed, golden = "testdata/output.json", "testdata/output.golden.json"
	files := make([]rendered, len(recorded))
	for i, s := range recorded {
		files[i] = render(s)
	}
	if *update {
		b, err := New(installed(t), minute).run(t.Context(), files)
		if err != nil {
			t.Fatal(err)
		}
		save(t, printed, b)
	}
	comments, err := parse(load(t, printed), recorded, files, number)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(comments, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		save(t, golden, got)
	}
	if want := load(t, golden); !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestParseErrors(t *testing.T) {
	scripts := []Script{{Text: "a", Shell: "sh"}}
	files := []rendered{render(scripts[0])}
	for printed, want := range map[string]string{
		"":                                      "reading the output of shellcheck: ",
		"[":                                     "reading the output of shellcheck: ",
		`{"comments":[{"file":"1.sh"}]}`:        `it names "1.sh", which it was not given`,
		`{"comments":[{"file":"-1.sh"}]}`:       `it names "-1.sh"`,
		`{"comments":[{"file":"/etc/passwd"}]}`: `it names "/etc/passwd"`,
	} {
		if _, err := parse([]byte(printed), scripts, files, number); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", printed, err, want)
		}
	}
}

// FuzzParse shows that no output makes a comment that is not in its script.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"comments":[{"file":"0.sh","line":3,"column":2,"endLine":9,"endColumn":1,"code":1}]}`))
	f.Fuzz(func(t *testing.T, printed []byte) {
		scripts := []Script{{Text: "é\nb", Shell: "sh"}}
		comments, err := parse(printed, scripts, []rendered{render(scripts[0])}, number)
		if err != nil {
			return
		}
		for _, c := range comments[0] {
			if c.Start < 0 || c.End < c.Start || c.End > len(scripts[0].Text) {
				t.Errorf("got %+v", c)
			}
		}
	})
}

func save(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
