package report

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func TestR30CommentMarker(t *testing.T) {
	for _, key := range append([]string{"ci.yml/gate/linux"}, hostile...) {
		body := Comment(closed(), key, Options{})
		if !HasMarker(body, key) || !HasMarker(strings.ReplaceAll(body, "\n", "\r\n"), key) {
			t.Errorf("the comment of %q is not found again", key)
		}
		if HasMarker(body, key+"x") || HasMarker("> "+body, key) || HasMarker("hello\n"+body, key) {
			t.Errorf("the comment of %q is taken for another", key)
		}
		if strings.ContainsAny(Marker(key), "\r\n`") || strings.Count(Marker(key), "--") != 2 {
			t.Errorf("the marker of %q is %q", key, Marker(key))
		}
	}
}

func TestR48CommentFits(t *testing.T) {
	for _, limit := range []int{0, 400, 5000} {
		want := limit
		if limit == 0 {
			want = markdownLimit
		}
		if n := utf8.RuneCountInString(Comment(many(5000), "k", Options{Limit: limit})); n > want {
			t.Errorf("limit %d: %d characters", limit, n)
		}
	}
}

func TestCommentIsShortWhenOpen(t *testing.T) {
	r := opened()
	r.Stages[0].Findings = closed().Stages[0].Findings[:1]
	got := Comment(r, "k", Options{})
	for text, want := range map[string]bool{
		"gate open": true, "1 finding below high": true, "scanned == signed": true, "Other findings": false, "hold no Kubernetes": false,
	} {
		if strings.Contains(got, text) != want {
			t.Errorf("%q in the comment: %v", text, !want)
		}
	}
}

// fixable is a report with n findings that have a fix, each on a line of its own.
func fixable(n int) gate.Report {
	r := many(n)
	for i := range r.Stages[0].Findings {
		f := &r.Stages[0].Findings[i]
		f.Fix = &gate.Fix{Path: f.Path, StartLine: f.Line, EndLine: f.Line, Replacement: fmt.Sprintf("  privileged: false # %d", i)}
	}
	return r
}

func everywhere(string, int, int) bool { return true }

func TestSuggestions(t *testing.T) {
	r := fixable(5)
	all := r.Stages[0].Findings
	all[0].Fix.Replacement = "a ```` b\n"
	all[1].Fix.Replacement = ""
	all[2].Fix.Replacement = "safe\u202eevil"
	all[3].Status = gate.Waived
	got := Suggestions(r, Options{Base: "shop"}, func(path string, first, _ int) bool { return path != "shop/deploy/004.yaml" && first > 0 })
	if len(got) != 2 {
		t.Fatalf("%d suggestions, want 2: %+v", len(got), got)
	}
	for _, want := range []string{"\n`````suggestion\na ```` b\n`````\n", "\n```suggestion\n```\n"} {
		if !strings.HasSuffix(got[0].Body, want) && !strings.HasSuffix(got[1].Body, want) {
			t.Errorf("no suggestion ends with %q: %q, %q", want, got[0].Body, got[1].Body)
		}
	}
	if got[0].Path != "shop/deploy/000.yaml" || got[0].StartLine != 1 || !strings.HasPrefix(got[0].Body, got[0].Marker+"\n") {
		t.Errorf("got %+v", got[0])
	}
}

func TestR48SuggestionsAreFew(t *testing.T) {
	r := fixable(200)
	got := Suggestions(r, Options{}, everywhere)
	if len(got) != suggestions || !strings.Contains(got[0].Body, "**critical**") {
		t.Errorf("%d suggestions, the first is %q", len(got), got[0].Body)
	}
	for i := range r.Stages[0].Findings {
		f := &r.Stages[0].Findings[i]
		f.Fix.Path, f.Fix.StartLine, f.Fix.EndLine = "one.yaml", 3, 5
	}
	if got := Suggestions(r, Options{}, everywhere); len(got) != 1 {
		t.Errorf("%d suggestions for the same lines", len(got))
	}
}

func TestR29SuggestionsHoldOnlyCode(t *testing.T) {
	for _, s := range hostile {
		r := fixable(1)
		f := &r.Stages[0].Findings[0]
		f.Message, f.Rule, f.Fix.Replacement = s, s, s
		for _, suggestion := range Suggestions(r, Options{}, everywhere) {
			kinds, _ := prose(strings.TrimPrefix(suggestion.Body, suggestion.Marker+"\n"))
			if len(kinds) > 0 {
				t.Errorf("%q makes %v in\n%s", s, kinds, suggestion.Body)
			}
		}
	}
}
