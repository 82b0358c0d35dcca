package report

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// prose parses GitHub Flavored Markdown. It returns how many nodes there are of
// each kind that data must not make, and the text outside of code.
func prose(markdown string) (kinds map[string]int, outside string) {
	source := []byte(markdown)
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	kinds = map[string]int{}
	var b strings.Builder
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.CodeSpan, *ast.FencedCodeBlock:
			return ast.WalkSkipChildren, nil
		case *ast.Text:
			b.Write(n.Segment.Value(source))
			b.WriteString("\n")
		case *ast.Link, *ast.AutoLink, *ast.Image, *ast.Heading, *ast.HTMLBlock, *ast.RawHTML, *ast.CodeBlock,
			*ast.Blockquote, *ast.ThematicBreak:
			kinds[n.Kind().String()]++
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		panic(err)
	}
	return kinds, b.String()
}

// anchors returns where the links of a document lead, and how many other nodes
// it has that data must not make.
func anchors(markdown string) (links []string, others int) {
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader([]byte(markdown)))
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		link, ok := n.(*ast.Link)
		switch {
		case !entering || !ok:
			return ast.WalkContinue, nil
		case link.ChildCount() != 1 || link.FirstChild().Kind() != ast.KindCodeSpan || len(link.Title) > 0:
			others++
		}
		links = append(links, string(link.Destination))
		return ast.WalkSkipChildren, nil
	})
	if err != nil {
		panic(err)
	}
	kinds, _ := prose(markdown)
	delete(kinds, ast.KindLink.String())
	return links, others + len(kinds)
}

// github finds what GitHub makes links of after Markdown is done.
var github = regexp.MustCompile(`@\w|#\d|\bGH-\d|\b[0-9a-f]{7,40}\b|https?:|www\.|:\w+:|\$.+\$`)

func TestR29OnlyCodeFromData(t *testing.T) {
	ours := map[string]bool{"nothing": true, "!=": true, "signed:": true, // where a string is empty
		"finding,": true, "note.": true} // one of them was left out
	for _, r := range []gate.Report{first(poisoned("x")), closed(), many(5000)} {
		clean, outside := prose(Markdown(r, Options{}))
		if clean["Heading"] != 1 || len(clean) != 1 {
			t.Fatalf("nodes of our own: %v", clean)
		}
		for _, word := range strings.Fields(outside) {
			ours[word] = true
		}
	}
	for _, s := range hostile {
		r, rules := poisoned(s)
		kinds, outside := prose(Markdown(r, Options{}))
		if len(kinds) != 1 || kinds["Heading"] != 1 {
			t.Errorf("%q makes %v", s, kinds)
		}
		for _, word := range strings.Fields(outside) {
			if !ours[word] {
				t.Errorf("%q puts %q outside of code", s, word)
			}
		}
		for _, rule := range rules {
			kinds, outside := prose(helpMarkdown(rule))
			if len(kinds) > 0 || github.MatchString(outside) {
				t.Errorf("help of %q makes %v, %q", s, kinds, github.FindString(outside))
			}
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	add(f)
	_, ours := prose("- " + MarkdownCode("x") + " end\n\n" + markdownFence("", "x") + "\nend\n")
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsRune(s, 0) {
			return // Terminal shows it; the parser's own replacement is not at stake
		}
		kinds, outside := prose("- " + MarkdownCode(s) + " end\n\n" + markdownFence("", lines(s)...) + "\nend\n")
		if len(kinds) > 0 || outside != ours {
			t.Errorf("%q as code makes %v, %q", s, kinds, outside)
		}
		for _, line := range []string{MarkdownText(s), "- a " + MarkdownText(s)} {
			kinds, outside := prose(line)
			if len(kinds) > 0 || github.MatchString(outside) {
				t.Errorf("%q as text is %q: %v, %q", s, line, kinds, github.FindString(outside))
			}
		}
	})
}

func TestR48MarkdownIsCutWorstFirst(t *testing.T) {
	r := many(5000)
	slices.Reverse(r.Stages[0].Findings)
	messages := map[string]bool{} // and whether they close the gate
	for _, f := range r.Stages[0].Findings {
		messages[f.Message] = f.Blocks(gate.High)
	}
	omitted := regexp.MustCompile(`([0-9,]+) (findings that close the gate|other findings)`)
	for _, limit := range []int{60, 300, 1000, 5000, 65000, 400000, 3000000} {
		got := Markdown(r, Options{Limit: limit})
		if n := utf8.RuneCountInString(got); n > limit {
			t.Errorf("limit %d: %d characters", limit, n)
		}
		if limit < 300 {
			continue
		}
		left := map[string]int{}
		for _, m := range omitted.FindAllStringSubmatch(got, -1) {
			left[m[2]], _ = strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
		}
		shown := map[bool]int{}
		for _, line := range strings.Split(got, "\n") {
			if blocks, ok := messages[strings.Trim(line, " `\\")]; ok {
				shown[blocks]++
			}
		}
		if shown[true]+left["findings that close the gate"] != 3000 || shown[false]+left["other findings"] != 2000 {
			t.Errorf("limit %d: shown %v, said to be left out %v", limit, shown, left)
		}
		if shown[false] > 0 && shown[true] < 3000 {
			t.Errorf("limit %d: %d of 3,000 blocking findings beside %d others", limit, shown[true], shown[false])
		}
		if strings.Contains(got, "**unknown**") && strings.Count(got, "**critical**") < 1000 {
			t.Errorf("limit %d: not the worst first", limit)
		}
	}
}

func TestR44SummaryNamesTheCommit(t *testing.T) {
	r := closed()
	for _, format := range []string{"markdown", "text", "github", "sarif", "json"} {
		if !strings.Contains(render(t, format, r, Options{}), r.Context.SHA) {
			t.Errorf("%s does not name the commit", format)
		}
	}
}
