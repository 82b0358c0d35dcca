package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	fenced   = regexp.MustCompile("(?ms)^```.*?^```$")
	headings = regexp.MustCompile(`(?m)^(#+) (.+)$`)
	contents = regexp.MustCompile(`(?s)<!-- contents -->\n.*?<!-- end of contents -->`)
	links    = regexp.MustCompile(`\]\(([^()\s]*)#([^()\s]+)\)`)
	unlinked = regexp.MustCompile(`[^\pL\pN _-]`)
)

// anchor is the name by which GitHub links to a heading.
func anchor(heading string) string {
	return strings.ReplaceAll(unlinked.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

// anchors lists those of a document.
func anchors(t *testing.T, doc string) (all []string) {
	t.Helper()
	text, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range headings.FindAllStringSubmatch(fenced.ReplaceAllString(string(text), ""), -1) {
		all = append(all, anchor(m[2]))
	}
	return all
}

// TestContentsOfDocuments holds that the table of contents of a document lists
// its headings; -update writes it. What is as long as the reference of the
// configuration has one.
func TestContentsOfDocuments(t *testing.T) {
	for _, doc := range documents(t) {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		if !contents.Match(text) {
			if filepath.Base(doc) == "config.md" {
				t.Errorf("%s has no table of contents", doc)
			}
			continue
		}
		var table strings.Builder
		for _, m := range headings.FindAllStringSubmatch(fenced.ReplaceAllString(string(text), ""), -1) {
			if m[1] == "##" {
				table.WriteString("- [" + m[2] + "](#" + anchor(m[2]) + ")\n")
			}
		}
		want := contents.ReplaceAllLiteralString(string(text), "<!-- contents -->\n"+table.String()+"<!-- end of contents -->")
		if *update {
			if err := os.WriteFile(doc, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if string(text) != want {
			t.Errorf("the contents of %s are not its headings (-update rewrites them)", doc)
		}
	}
}

// TestLinksOfDocuments holds that a link to a part of a document leads there.
func TestLinksOfDocuments(t *testing.T) {
	seen := 0
	for _, doc := range documents(t) {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range links.FindAllStringSubmatch(string(text), -1) {
			target := doc
			if strings.Contains(m[1], "://") {
				continue
			} else if m[1] != "" {
				target = filepath.Join(filepath.Dir(doc), filepath.FromSlash(m[1]))
			}
			if seen++; !slices.Contains(anchors(t, target), m[2]) {
				t.Errorf("%s: nothing in %s is called #%s", doc, target, m[2])
			}
		}
	}
	if seen == 0 {
		t.Error("there are no links")
	}
}
