package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// suggestions is how many suggestions a review has at most.
const suggestions = 30

// A Suggestion is a comment of a review that GitHub offers to commit: it
// replaces the lines StartLine to EndLine of the file at Path.
type Suggestion struct {
	Path               string // relative to the root of the repository
	StartLine, EndLine int
	Body               string
	// Marker is the first line of Body. The same fault with the same fix has
	// the same one in every run.
	Marker string
}

// Suggestions returns the fixes of a report as suggestions, worst finding
// first, at most 30. inDiff reports whether a review may comment on these lines
// of a file, from first to last in one hunk; a fix elsewhere is left out, and so
// are a second one for the same lines and one that would write what a reader of
// the suggestion cannot see.
func Suggestions(r gate.Report, o Options, inDiff func(path string, first, last int) bool) []Suggestion {
	var all []Suggestion
	for _, f := range suggestible(r) {
		if len(all) == suggestions {
			break
		}
		s := o.suggestion(*f)
		if s.StartLine > 0 && s.EndLine >= s.StartLine && !overlaps(all, s) && inDiff(s.Path, s.StartLine, s.EndLine) {
			all = append(all, s)
		}
	}
	return all
}

// SuggestionMarkers returns the marker of every suggestion that a report could
// make, wherever its lines are: one that was made earlier and is not among them
// has no point any more.
func SuggestionMarkers(r gate.Report) []string {
	var all []string
	for _, f := range suggestible(r) {
		all = append(all, suggestionMarker(*f))
	}
	return all
}

// suggestible are the findings with a fix that may be suggested, worst first.
func suggestible(r gate.Report) []*gate.Finding {
	return slices.DeleteFunc(gate.Ranked(findings(r)...), func(f *gate.Finding) bool {
		return f.Fix == nil || f.Status == gate.Waived || f.Sensitive || !visible(f.Fix.Replacement)
	})
}

// suggestionMarker is the first line of a suggestion.
func suggestionMarker(f gate.Finding) string {
	return marker("suggestion", f.Fingerprint+"\x00"+f.Fix.Replacement)
}

// suggestion is the fix of a finding.
func (o Options) suggestion(f gate.Finding) Suggestion {
	s := Suggestion{Path: o.repository(f.Fix.Path), StartLine: f.Fix.StartLine, EndLine: f.Fix.EndLine}
	s.Marker = suggestionMarker(f)
	fence := strings.Repeat("`", max(3, longestRun(f.Fix.Replacement)+1))
	text := f.Fix.Replacement
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	s.Body = fmt.Sprintf("%s\n**%s** %s%s\n%ssuggestion\n%s%s\n", s.Marker, label(f), code(rules(f)),
		strings.ReplaceAll(body(f.Message, ""), "\n  ", "\n"), fence, text, fence)
	return s
}

// visible reports whether a reader sees every character of a text.
func visible(s string) bool {
	s = strings.NewReplacer("\n", "", "\t", "").Replace(s)
	return Terminal(s) == s
}

// overlaps reports whether a suggestion shares a line with one of the others.
func overlaps(others []Suggestion, s Suggestion) bool {
	for _, o := range others {
		if o.Path == s.Path && o.StartLine <= s.EndLine && s.StartLine <= o.EndLine {
			return true
		}
	}
	return false
}
