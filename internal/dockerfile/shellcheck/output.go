package shellcheck

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// A Comment is what ShellCheck says about a part of a script.
type Comment struct {
	Code       int    // 2086
	Level      string // "error", "warning", "info" or "style"
	Message    string
	Start, End int // offsets in Script.Text, End exclusive
}

// ID returns the name of the check: "SC2086".
func (c Comment) ID() string { return fmt.Sprintf("SC%04d", c.Code) }

// output is what ShellCheck prints with --format json1.
type output struct {
	Comments []struct {
		File      string `json:"file"`
		Line      int    `json:"line"`
		Column    int    `json:"column"`
		EndLine   int    `json:"endLine"`
		EndColumn int    `json:"endColumn"`
		Level     string `json:"level"`
		Code      int    `json:"code"`
		Message   string `json:"message"`
	} `json:"comments"`
}

// parse turns what ShellCheck printed into comments on scripts. Name gives the
// number of the script in a file.
func parse(printed []byte, scripts []Script, files []rendered, number func(file string) (int, bool)) ([][]Comment, error) {
	var out output
	if err := json.Unmarshal(printed, &out); err != nil {
		return nil, fmt.Errorf("reading the output of shellcheck: %w", err)
	}
	comments := make([][]Comment, len(scripts))
	for _, c := range out.Comments {
		n, ok := number(c.File)
		if !ok || n < 0 || n >= len(scripts) {
			return nil, fmt.Errorf("reading the output of shellcheck: it names %q, which it was not given", c.File)
		}
		text := scripts[n].Text
		start := files[n].offset(text, c.Line, c.Column)
		comments[n] = append(comments[n], Comment{
			Code: c.Code, Level: c.Level, Message: c.Message,
			Start: start, End: max(start, files[n].offset(text, c.EndLine, c.EndColumn)),
		})
	}
	for _, list := range comments {
		slices.SortStableFunc(list, func(a, b Comment) int {
			return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.Code, b.Code))
		})
	}
	return comments, nil
}
