package workspace

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The hashes are those that GitHub's action gives these texts.
func TestLineHashes(t *testing.T) {
	for text, want := range map[string][]string{
		"": {"c129715d7a2bc9a3:1"},
		" a\nb\n  \t\tc\n d": {
			"271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1",
		},
		" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End": {
			"8b7cf3e952e7aeb2:1", "b1ae1287ec4718d9:1", "bff680108adb0fcc:1", "c6805c5e1288b612:1", "b86d3392aea1be30:1", "e6ceba753e1a442:1",
		},
	} {
		got := lineHashes(text)
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		for _, other := range []string{strings.ReplaceAll(text, "\n", "\r\n"), strings.ReplaceAll(text, "\n", "\r"), strings.ReplaceAll(text, "\n", " \t\n ")} {
			if again := lineHashes(other); !slices.Equal(again, got) {
				t.Errorf("%q: %q, want those of %q", other, again, text)
			}
		}
	}
}

func TestLineHashSurvivesMovedLines(t *testing.T) {
	long := strings.Repeat("ENV A=0123456789\n", 3)
	text := "FROM alpine\nRUN apk add curl\n" + strings.Repeat("RUN echo 0123456789 0123456789\n", 20) + "CMD [\"sh\"]\n"
	write := func(text string) *Tree {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		tree, err := Open(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { tree.Close() })
		return tree
	}
	before, after := write(text), write("# moved\n\n"+strings.Replace(text, "CMD", long+"CMD", 1))
	if a, b := before.LineHash("Dockerfile", 2), after.LineHash("Dockerfile", 4); a != b || a == "" {
		t.Errorf("%q before, %q after", a, b)
	}
	for _, other := range []int{0, -1, 1000} {
		if got := before.LineHash("Dockerfile", other); got != "" {
			t.Errorf("line %d: %q", other, got)
		}
	}
	if got := before.LineHash("none", 1); got != "" {
		t.Errorf("no such file: %q", got)
	}
	seen := map[string]bool{}
	for line := 3; line < 20; line++ { // equal lines are told apart
		hash := before.LineHash("Dockerfile", line)
		if seen[hash] {
			t.Errorf("line %d has the hash of another line: %s", line, hash)
		}
		seen[hash] = true
	}
}

func FuzzLineHashes(f *testing.F) {
	for _, s := range []string{"", "\r\n\r", "a\nb", "\t \n", strings.Repeat("x", 300), "𝒳\n\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		lines := strings.Count(strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n"), "\n") + 1
		got := lineHashes(s)
		if len(got) != lines && !strings.ContainsAny(s, " \t") { // a blank between CR and LF parts them
			t.Errorf("%q: %d hashes of %d lines", s, len(got), lines)
		}
		if slices.Contains(got, "") || len(slices.Compact(slices.Sorted(slices.Values(got)))) != len(got) {
			t.Errorf("%q: %q", s, got)
		}
	})
}
