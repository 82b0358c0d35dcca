package cli

import (
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func TestFindRule(t *testing.T) {
	rules := []gate.Rule{{ID: "DL3006", URL: "https://example.com/DL3006"}, {ID: "SC", URL: "https://example.com/"}}
	for id, want := range map[string]string{
		"DL3006": "DL3006 https://example.com/DL3006",
		"dl3006": "DL3006 https://example.com/DL3006",
		"SC2086": "SC2086 https://example.com/SC2086",
		"sc1000": "SC1000 https://example.com/SC1000",
		"SC":     "SC https://example.com/",
		"DL3007": "",
		"2086":   "",
		"":       "",
	} {
		got := ""
		if r, ok := find(rules, id); ok {
			got = r.ID + " " + r.URL
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
	}
}
