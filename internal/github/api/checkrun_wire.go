package api

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/go-github/v90/github"
)

// external is what a check run carries to be found again: which run made it and
// what it says.
func (k CheckRun) external() string {
	said, err := json.Marshal([]any{k.Passed, k.annotations()})
	if err != nil { // strings and numbers always encode
		said = nil
	}
	sum := sha256.Sum256(said)
	return fmt.Sprintf("portcullis/%d/%d/%s", k.Run.ID, k.Run.Attempt, hex.EncodeToString(sum[:12]))
}

// annotations are those of a check run in GitHub's form, as many as are sent.
func (k CheckRun) annotations() []*github.CheckRunAnnotation {
	var all []*github.CheckRunAnnotation
	for _, a := range k.Annotations {
		if a.Path != "" && len(all) < AnnotationsPerCheckRun {
			all = append(all, a.wire())
		}
	}
	return all
}

// wire is an annotation such that GitHub takes it: within its limits, and with
// columns only inside one line.
func (a Annotation) wire() *github.CheckRunAnnotation {
	start := max(a.StartLine, 1)
	w := &github.CheckRunAnnotation{
		Path: github.Ptr(a.Path), StartLine: github.Ptr(start), EndLine: github.Ptr(max(a.EndLine, start)),
		AnnotationLevel: github.Ptr(a.Level),
		Message:         github.Ptr(cutBytes(cmp.Or(a.Message, a.Title, "no message"), annotationMessage)),
	}
	if a.Title != "" {
		w.Title = github.Ptr(cutCharacters(a.Title, annotationTitle))
	}
	if a.StartColumn > 0 && w.GetStartLine() == w.GetEndLine() {
		w.StartColumn = github.Ptr(a.StartColumn)
		w.EndColumn = github.Ptr(max(a.EndColumn, a.StartColumn))
	}
	return w
}

func (k CheckRun) conclusion() string {
	if k.Passed {
		return "success"
	}
	return "failure"
}

func (k CheckRun) output(annotations []*github.CheckRunAnnotation) *github.CheckRunOutput {
	return &github.CheckRunOutput{
		Title:   github.Ptr(cutCharacters(cmp.Or(k.Title, k.Name), annotationTitle)),
		Summary: github.Ptr(cutCharacters(k.Summary, checkRunText)), Annotations: annotations,
	}
}

// checkRunBy returns the run that made a check run.
func checkRunBy(r *github.CheckRun) (Run, bool) {
	var run Run
	var said string
	n, _ := fmt.Sscanf(strings.ReplaceAll(r.GetExternalID(), "/", " "), "portcullis %d %d %s", &run.ID, &run.Attempt, &said)
	return run, n == 3
}

// says reports whether a check run of GitHub's says what k says.
func says(r *github.CheckRun, k CheckRun) bool {
	_, said, _ := strings.Cut(strings.TrimPrefix(r.GetExternalID(), "portcullis/"), "/")
	_, said, _ = strings.Cut(said, "/")
	return said != "" && strings.HasSuffix(k.external(), "/"+said)
}

// cutBytes returns the longest beginning of s of at most n bytes.
func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// cutCharacters returns the first n characters of s.
func cutCharacters(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}
