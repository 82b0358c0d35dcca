package dockerfile

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzShorten compares with the plain way to say the same.
func FuzzShorten(f *testing.F) {
	for _, s := range []string{"", " a\t b\n", strings.Repeat("é", 80), strings.Repeat("é ", 60), strings.Repeat("a", 81), "\xff a \ufffd", strings.Repeat("x", 79) + " y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want := s
		if len(want) > 8*maxObject {
			want = want[:8*maxObject]
		}
		r := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(want, "")), " "))
		if want = string(r); len(r) > maxObject {
			want = string(r[:maxObject-1]) + "…"
		}
		if got := shorten(s); got != want || utf8.RuneCountInString(got) > maxObject {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	})
}
