package syntax

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func faults(f *File) string {
	var b strings.Builder
	for _, x := range f.Faults {
		r := f.Range(x.Span)
		fmt.Fprintf(&b, "%d:%d-%d:%d %s\n", r.Line, r.Column, r.EndLine, r.EndColumn, x.Message)
	}
	return b.String()
}

func TestFaultsDoNotHideEachOther(t *testing.T) {
	f := parse(t, "FROM a\nRUN [1]\nENV x\n FOO bar\nRUN echo ok\nCOPY <<E /x\nnever closed\n")
	want := "2:1-2:8 when using JSON array syntax, arrays must be comprised of strings only\n" +
		"3:1-3:6 ENV must have two arguments\n" +
		"4:2-4:9 unknown instruction: FOO (did you mean FROM?)\n" +
		"6:1-7:13 unterminated heredoc\n"
	if got := faults(f); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := shellWords(f, f.Instructions[2]); got != "5:5-5:9 echo\n5:10-5:12 ok\n" {
		t.Errorf("the instruction between the faults: %s", got)
	}
}

func TestFaults(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"empty", "", "1:1-1:1 file with no instructions\n"},
		{"only comments", "# a\n\n# b\n", "3:1-3:4 file with no instructions\n"},
		{"no FROM", "ARG a\n", "1:1-1:6 no FROM: there is no build stage\n"},
		{"before FROM", "RUN a\nRUN b\nFROM c\n", "1:1-1:6 RUN stands before the first FROM\n"},
		{"directive twice", "# escape=`\n# escape=`\nFROM a\n", "2:1-2:11 only one escape parser directive can be used\n"},
		{"line too long", "FROM a\nRUN " + strings.Repeat("x", 1<<16) + "\nFOO\n",
			"2:1-2:65541 dockerfile line greater than max allowed size of 65535\n3:1-3:4 unknown instruction: FOO (did you mean FROM?)\n"},
		{"nested ONBUILD", "FROM a\nONBUILD ONBUILD RUN b\n", "2:1-2:22 ONBUILD within ONBUILD isn't allowed\n"},
		{"refused trigger", "FROM a\nONBUILD COPY b\n", "2:1-2:15 COPY requires at least two arguments, but only one was provided. Destination could not be determined\n"},
		{"check directive", "# check=skip=all\nFROM a\n# check=skip=JSONArgsRecommended\nCMD b\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := faults(parse(t, tt.src)); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
}

func TestR24NotText(t *testing.T) {
	for _, tt := range []struct {
		name, src, reason string
		line, column      int
	}{
		{"NUL", "FROM a\nRUN é\x00", "a NUL byte, want UTF-8 text", 2, 6},
		{"invalid UTF-8", "FROM a\nRUN é \xff\x00", "byte 0xff is not valid UTF-8", 2, 7},
		{"UTF-16, little endian", "\xff\xfeF\x00", "encoded as UTF-16, want UTF-8", 1, 1},
		{"UTF-16, big endian", "\xfe\xff\x00F", "encoded as UTF-16, want UTF-8", 1, 1},
		{"too large", strings.Repeat("#\n", MaxSize/2) + "#", "larger than the limit of 1024 KiB for a Dockerfile", 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.src))
			var unreadable *UnreadableError
			if !errors.As(err, &unreadable) || unreadable.Reason != tt.reason ||
				unreadable.Range.Line != tt.line || unreadable.Range.Column != tt.column {
				t.Errorf("got %#v", err)
			}
		})
	}
}

// TestR24Bombs shows that inputs made to be slow are not: they are an eighth of
// the size limit, and a minute is generous for slow machines and detectors.
func TestR24Bombs(t *testing.T) {
	fill := func(unit string) string { return strings.Repeat(unit, MaxSize/8/len(unit)) }
	script := func(unit string) string {
		line := strings.Repeat(unit, 60<<10/len(unit))
		return fill("RUN " + line + "\\\n" + line + "\n")
	}
	for name, src := range map[string]string{
		"ONBUILD":          "FROM a\n" + fill("ONBUILD \\\n"),
		"build stages":     fill("FROM a AS a\n"),
		"variables":        "FROM a\n" + fill("ENV a=b\nRUN pip install c\n"),
		"quotes":           "FROM a\nLABEL " + fill("\\\n\"\\\\\""),
		"JSON":             "FROM a\nCMD [" + fill("\"a\",\\\n") + "\"b\"]",
		"heredocs":         "FROM a\nRUN " + strings.Repeat("<<A ", 15000) + "\n" + strings.Repeat("A\n", 15000),
		"refused":          fill("RUN [1]\n"),
		"comments":         "FROM a\nRUN b \\\n" + fill("#\\\n") + "c",
		"parentheses":      "FROM a\n" + script("("),
		"substitutions":    "FROM a\n" + script(`"$(`),
		"braces":           "FROM a\n" + script("{ "),
		"backquotes":       "FROM a\n" + script("`"),
		"cases":            "FROM a\n" + script("case x in x) "),
		"parameters":       "FROM a\n" + script("${a:-"),
		"backslashes":      "FROM a\n" + script(`\\"`),
		"shells in shells": "FROM a\n" + fill("RUN [\"sh\",\"-c\",\"sh -c 'sh -c x'\"]\n"),
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			f, err := Parse([]byte(src))
			if err != nil || len(f.Instructions)+len(f.Faults) == 0 {
				t.Errorf("nothing was read: %v", err)
			}
			if took := time.Since(begin); took > time.Minute {
				t.Errorf("took %v", took)
			}
			t.Log(time.Since(begin))
		})
	}
}

func TestBuildStages(t *testing.T) {
	f := parse(t, "ARG V=1\nARG W=2\nFROM a:${V:-x/y:z} AS Base\nARG V\nENV W=w\nFROM base AS two\nARG W\nRUN x\nFROM c@sha256:1\n")
	if len(f.Stages) != 3 || f.Stages[1].Base != f.Stages[0] || !f.Stages[0].Reused || f.Stages[1].Reused || f.Stages[0].Name != "base" {
		t.Fatalf("stages: %+v", f.Stages)
	}
	if got, want := f.Stages[0].Image, (Image{Name: "a", Tag: "${V:-x/y:z}"}); got != want {
		t.Errorf("image: %+v", got)
	}
	if got, want := f.Stages[2].Image, (Image{Name: "c", Digest: "sha256:1"}); got != want {
		t.Errorf("image: %+v", got)
	}
	run := f.Instructions[7]
	if v, ok := run.Lookup("W"); !ok || v.Value != "w" || !v.Env {
		t.Errorf("ENV of the stage underneath: %+v", v)
	}
	if v, ok := run.Lookup("V"); ok {
		t.Errorf("ARG of the stage underneath: %+v", v)
	}
	if v, ok := f.Instructions[4].Lookup("V"); !ok || v.Value != "1" {
		t.Errorf("ARG with the default from before FROM: %+v", v)
	}
}

func TestShells(t *testing.T) {
	for _, tt := range []struct {
		name, src       string
		posix, pipefail bool
	}{
		{"default", "FROM a\nRUN x", true, false},
		{"bash", "FROM a\nSHELL [\"/usr/bin/bash\",\"-eo\",\"pipefail\",\"-c\"]\nRUN x", true, true},
		{"sh has no pipefail", "FROM a\nSHELL [\"sh\",\"-o\",\"pipefail\",\"-c\"]\nRUN x", true, false},
		{"busybox", "FROM a\nSHELL [\"/bin/busybox\",\"ash\",\"-o\",\"pipefail\",\"-c\"]\nRUN x", true, true},
		{"inherited", "FROM a AS b\nSHELL [\"bash\",\"-o\",\"pipefail\",\"-c\"]\nFROM b\nRUN x", true, true},
		{"not inherited", "FROM a AS b\nSHELL [\"bash\",\"-o\",\"pipefail\",\"-c\"]\nFROM a\nRUN x", true, false},
		{"PowerShell", "FROM a\nSHELL [\"C:\\\\Windows\\\\PowerShell.exe\"]\nRUN x", false, false},
		{"cmd", "FROM a\nSHELL [\"cmd\",\"/S\",\"/C\"]\nRUN x", false, false},
		{"Windows image", "FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\nRUN x", false, false},
		{"pragma before FROM", "# hadolint shell=powershell # why\nFROM a\nRUN x", false, false},
		{"pragma before FROM, second stage", "# hadolint shell=powershell\nFROM a\nFROM b\nRUN x", false, false},
		{"pragma in a stage", "FROM a\n# hadolint shell=pwsh\nRUN x", false, false},
		{"pragma of another stage", "FROM a\n# hadolint shell=pwsh\nRUN x\nFROM b\nRUN x", true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := parse(t, tt.src)
			run := f.Instructions[len(f.Instructions)-1]
			if run.Shell.POSIX() != tt.posix || run.Shell.Pipefail() != tt.pipefail || (run.Script != nil) != tt.posix {
				t.Errorf("shell %+v, script %+v", run.Shell, run.Script)
			}
		})
	}
}

func TestCommandFlags(t *testing.T) {
	f := parse(t, "FROM a\nRUN apt-get -yqq --no-x=1 -t stable -ofoo install a -- -b")
	c := f.Instructions[1].Script.Commands[0]
	for flag, want := range map[string]bool{"y": true, "q": true, "no-x": true, "no": false, "b": false, "z": false} {
		if got := c.HasFlag(flag); got != want {
			t.Errorf("HasFlag(%q) = %v", flag, got)
		}
	}
	if got, want := words(f, c.Operands("t", "o")), "2:43-2:50 install\n2:51-2:52 a\n2:56-2:58 -b\n"; got != want {
		t.Errorf("operands: %s", got)
	}
}
