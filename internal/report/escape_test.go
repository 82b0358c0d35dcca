package report

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/github/runner"
)

func TestR59Terminal(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                   "plain",
		"größe 東京 👍 é":            "größe 東京 👍 é",
		"a\x1b[31mred":            `a\x1b[31mred`,
		"\x1b]8;;http://x\x07y":   `\x1b]8;;http://x\x07y`,
		"over\rwrite":             `over\rwrite`,
		"a\nb\tc":                 `a\nb\tc`,
		"\u009b1m":                `\u009b1m`,
		"abc\u202egnp.exe":        `abc\u202egnp.exe`,
		"a\u200bb\u200d\ufeffc":   `a\u200bb\u200d\ufeffc`,
		"a\u2028b":                `a\u2028b`,
		"tag\U000e0041":           `tag\U000e0041`,
		"\u3164filler\u2800":      `\u3164filler\u2800`,
		"bad\xff\xe2\x80 \ufffd.": `bad\xff\xe2\x80 ` + "\ufffd.",
		"⚠\ufe0f":                 "⚠\ufe0f",
		"\x00\x7f":                `\x00\x7f`,
	} {
		if got := Terminal(in); got != want {
			t.Errorf("Terminal(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestR18Log(t *testing.T) {
	for in, want := range map[string]string{
		"a ##[error]b":       `a #\x23[error]b`,
		"####[x]":            `###\x23[x]`,
		"::error::x":         `\x3a:error::x`,
		" \u00a0::error::x":  " \u00a0" + `\x3a:error::x`,
		"a ::error::x":       "a ::error::x",
		"a\n::error::x":      `a\n::error::x`,
		"issue #1, ## title": "issue #1, ## title",
	} {
		if got := Log(in); got != want {
			t.Errorf("Log(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestR29MarkdownCode(t *testing.T) {
	for in, want := range map[string]string{
		"plain":         "`plain`",
		"a `b` c":       "``a `b` c``",
		"`":             "`` ` ``",
		"x```":          "```` x``` ````",
		"":              "`\"\"`",
		"  ":            "`\"\"`",
		" a":            "`  a `",
		"a\n\n# b":      "`a\\n\\n# b`",
		"<b> @x [y](z)": "`<b> @x [y](z)`",
	} {
		if got := MarkdownCode(in); got != want {
			t.Errorf("MarkdownCode(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestR29MarkdownText(t *testing.T) {
	for in, want := range map[string]string{
		"Containers do not run as root.":      "Containers do not run as root.",
		"Set runAsNonRoot: true (or a user).": "Set runAsNonRoot: true (or a user).",
		"see https://x.example @you now":      "see `https://x.example @you` now",
		"fix #12 for CVE-2024-1":              "fix `#12` for `CVE-2024-1`",
		"*bold* _it_ <b>":                     "`*bold* _it_ <b>`",
		"- item":                              "`-` item",
		"1. item":                             "`1.` item",
		"www.evil.example deadbeefcafe":       "`www.evil.example deadbeefcafe`",
		"a\n# b":                              "a `#` b",
		":tada: a:b":                          "`:tada: a:b`",
	} {
		if got := MarkdownText(in); got != want {
			t.Errorf("MarkdownText(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	long := strings.Repeat("é", 100)
	if got := cut(long, 100, perCharacter); got != long {
		t.Errorf("cut what fits: %q", got)
	}
	if got, want := cut(long, 90, perCharacter), strings.Repeat("é", 50)+"… (50 characters omitted)"; got != want {
		t.Errorf("cut = %q, want %q", got, want)
	}
}

// add gives a fuzz test the hostile strings to start from.
func add(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
}

func FuzzTerminal(f *testing.F) {
	add(f)
	f.Fuzz(func(t *testing.T, s string) {
		got := Terminal(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool {
			return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Bidi_Control, r)
		}) {
			t.Errorf("Terminal(%q) = %q", s, got)
		}
		if again := Terminal(got); again != got {
			t.Errorf("Terminal(%q) is not stable: %q", got, again)
		}
	})
}

func FuzzLog(f *testing.F) {
	add(f)
	f.Fuzz(func(t *testing.T, s string) {
		for _, line := range []string{Log(s), "\x1b[1m" + Log(s)} {
			if step := runner.Read(line); len(step.Commands) > 0 || len(step.Plain) > 1 {
				t.Errorf("Log(%q) = %q: %+v", s, line, step)
			}
		}
	})
}

func FuzzCommand(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, property, data string) {
		step := runner.Read("::error file=" + CommandProperty(property) + ",line=1::" + CommandData(data) + "\n")
		if len(step.Commands) != 1 || len(step.Plain) != 0 {
			t.Fatalf("%q, %q: %+v", property, data, step)
		}
		c := step.Commands[0]
		if c.Name != "error" || c.Properties["file"] != property || c.Properties["line"] != "1" || c.Data != data {
			t.Errorf("%q, %q: the runner reads %+v", property, data, c)
		}
	})
}

func FuzzJSON(f *testing.F) {
	add(f)
	f.Fuzz(func(t *testing.T, s string) {
		want, err := json.MarshalIndent(map[string]string{"k": s, s: "v"}, "", " ")
		if err != nil {
			t.Skip(err)
		}
		got := JSON(want)
		var a, b map[string]string
		if err := json.Unmarshal(want, &a); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(got, &b); err != nil {
			t.Fatalf("%q: %v", got, err)
		}
		for k, v := range a {
			if b[k] != v {
				t.Errorf("%q became %q", v, b[k])
			}
		}
		if step := runner.Read(string(got)); len(step.Commands) > 0 {
			t.Errorf("%s: the runner obeys %+v", got, step.Commands)
		}
		for _, line := range strings.Split(string(got), "\n") {
			if Terminal(line) != line {
				t.Errorf("%q shows hidden characters", line)
			}
		}
	})
}
