package api

import (
	"slices"
	"testing"
)

func TestHunksOf(t *testing.T) {
	for _, tt := range []struct {
		patch string
		want  []Hunk
		bad   bool
	}{
		{patch: "@@ -0,0 +1,2 @@\n+a\n+b", want: []Hunk{{First: 1, Last: 2}}},
		{patch: "@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file", want: []Hunk{{First: 1, Last: 1}}},
		{patch: "@@ -3,2 +3,0 @@\n-a\n-b", want: []Hunk{{First: 3, Last: 2}}},
		{patch: "@@ -1,3 +1,3 @@ @@ -9 +9 @@\n a\n-@@ -5 +5 @@\n+@@ -7 +7 @@\n c", want: []Hunk{{First: 1, Last: 3}}},
		{patch: "@@ -1,2 +1,2 @@\n a\n", want: []Hunk{{First: 1, Last: 2}}},   // an empty line of context without its blank
		{patch: "@@ -1,9 +1,9 @@\n a\n b", want: []Hunk{{First: 1, Last: 2}}}, // cut off
		{patch: "@@ -1,1 +1,1 @@\n a\n@@ -9,1 +9,2 @@\n x\n+y", want: []Hunk{{First: 1, Last: 1}, {First: 9, Last: 10}}},
		{patch: "+a", bad: true},
		{patch: "@@ -1 +x @@\n a", bad: true},
		{patch: "@@ -1 +1,-2 @@\n a", bad: true},
		{patch: "@@ -1 +99999999999999999999 @@\n a", bad: true},
	} {
		got, err := hunksOf(tt.patch)
		if !slices.Equal(got, tt.want) || (err != nil) != tt.bad {
			t.Errorf("%q: %v, %v, want %v", tt.patch, got, err, tt.want)
		}
	}
}

func FuzzHunksOf(f *testing.F) {
	f.Add("@@ -1,3 +1,4 @@ func x\n a\n-b\n+c\n+d\n e")
	f.Add("@@ -0,0 +1 @@\n+x\n\\ No newline at end of file")
	f.Fuzz(func(t *testing.T, patch string) {
		hunks, err := hunksOf(patch)
		if err != nil {
			return
		}
		lines := 1
		for _, c := range patch {
			if c == '\n' {
				lines++
			}
		}
		for _, h := range hunks {
			if n := h.Last - h.First + 1; n < 0 || n > lines {
				t.Errorf("%v of %d lines", h, lines)
			}
		}
	})
}

func FuzzRunLine(f *testing.F) {
	f.Add("x\n<!-- portcullis run 12/3 0123abcd -->\r\ny")
	f.Fuzz(func(t *testing.T, text string) {
		r, ok := runOf(text)
		if again, found := runOf(r.line()); ok && (!found || again != r) {
			t.Errorf("%+v is read back as %+v", r, again)
		}
	})
}
