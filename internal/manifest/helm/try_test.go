package helm

import (
	"fmt"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

func TestTry(t *testing.T) {
	tree, _ := workspace.Open("../../../testdata/projects/storefront", nil)
	found, err := manifest.Find(t.Context(), tree, nil, New(nil))
	fmt.Println(err, found.Notes)
	out, err := New(nil)(t.Context(), tree, nil)
	fmt.Println(err)
	for _, text := range out.Texts {
		fmt.Println("=====", text.Path)
		n := 0
		for _, line := range splitLines(string(text.Data)) {
			n++
			col := 1
			for col <= len(line) && line[col-1] == ' ' {
				col++
			}
			at := text.Trace(gate.Range{Line: n, Column: col, EndLine: n, EndColumn: col + 3})
			fmt.Printf("%-60s %s %d-%d %v\n", line, at, at.EndLine, at.EndColumn, at.Precision)
		}
	}
}

func splitLines(s string) (l []string) {
	for len(s) > 0 {
		i := 0
		for i < len(s) && s[i] != '\n' {
			i++
		}
		l = append(l, s[:i])
		if i < len(s) {
			i++
		}
		s = s[i:]
	}
	return
}
