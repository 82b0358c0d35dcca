package runner

import (
	"fmt"
	"strings"
)

// A Pair is an entry of a file of GITHUB_OUTPUT, GITHUB_ENV or GITHUB_STATE.
type Pair struct{ Name, Value string }

// ParseFile parses such a file: "name=value", or "name<<delimiter", lines, and
// the delimiter alone on a line. Lines end at LF only, as on Linux; a CR belongs
// to the value.
func ParseFile(text string) ([]Pair, error) {
	var pairs []Pair
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		equals, heredoc := strings.Index(line, "="), strings.Index(line, "<<")
		switch {
		case line == "":
		case heredoc >= 0 && (equals < 0 || heredoc < equals):
			name, delimiter := line[:heredoc], line[heredoc+2:]
			if name == "" || delimiter == "" {
				return pairs, fmt.Errorf("invalid format %q: name and delimiter must not be empty", line)
			}
			value, rest, ok := cutAt(text, delimiter)
			if !ok {
				return pairs, fmt.Errorf("delimiter %q was not found", delimiter)
			}
			pairs, text = append(pairs, Pair{Name: name, Value: value}), rest
		case equals > 0:
			pairs = append(pairs, Pair{Name: line[:equals], Value: line[equals+1:]})
		default:
			return pairs, fmt.Errorf("invalid format %q", line)
		}
	}
	return pairs, nil
}

// cutAt cuts text at the first line that is the delimiter.
func cutAt(text, delimiter string) (value, rest string, ok bool) {
	if rest, ok := strings.CutPrefix(text, delimiter+"\n"); ok {
		return "", rest, true
	}
	if text == delimiter {
		return "", "", true
	}
	if value, rest, ok = strings.Cut(text, "\n"+delimiter+"\n"); ok {
		return value, rest, true
	}
	value, ok = strings.CutSuffix(text, "\n"+delimiter)
	return value, "", ok
}
