package image

import (
	"bytes"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// A from is the FROM instruction that the final build stage of a Dockerfile
// comes from.
type from struct {
	path  string
	place gate.Range
	text  string // "FROM alpine:3.22"
}

// isDockerfile reports whether a file is called like a Dockerfile.
func isDockerfile(name string) bool {
	file := strings.ToLower(path.Base(name))
	return file == "dockerfile" || file == "containerfile" ||
		strings.HasPrefix(file, "dockerfile.") || strings.HasSuffix(file, ".dockerfile")
}

// lastFrom finds the FROM of the final build stage. Where that stage starts
// from an earlier one, it is the FROM of the earlier one, which names the image
// that has to change.
func lastFrom(tree *workspace.Tree, name string) (from, bool) {
	raw, err := tree.ReadFile(name)
	if err != nil {
		return from{}, false
	}
	parsed, err := parser.Parse(bytes.NewReader(raw))
	if err != nil {
		return from{}, false // the dockerfile stage reports it
	}
	stages := map[string]*parser.Node{} // by what a FROM inherits
	var last *parser.Node
	for _, node := range parsed.AST.Children {
		if !strings.EqualFold(node.Value, "FROM") || node.Next == nil {
			continue
		}
		last = node
		if earlier, ok := stages[strings.ToLower(node.Next.Value)]; ok {
			last = earlier
		}
		if as := node.Next.Next; as != nil && strings.EqualFold(as.Value, "AS") && as.Next != nil {
			stages[strings.ToLower(as.Next.Value)] = last
		}
	}
	if last == nil {
		return from{}, false
	}
	first, end := tree.Line(name, last.StartLine), tree.Line(name, last.EndLine)
	indent := len(first) - len(strings.TrimLeft(first, " \t"))
	return from{
		path: name,
		text: "FROM " + last.Next.Value,
		place: gate.Range{
			Line: last.StartLine, Column: utf8.RuneCountInString(first[:indent]) + 1,
			EndLine: last.EndLine, EndColumn: utf8.RuneCountInString(strings.TrimRight(end, " \t")) + 1,
		},
	}, true
}
