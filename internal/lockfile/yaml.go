package lockfile

import (
	"bytes"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// asYAML makes a reader of a function that looks through each YAML document.
func asYAML(find func(*node) []Entry) reader {
	return func(text []byte) []Entry {
		var entries []Entry
		decoder := yaml.NewDecoder(bytes.NewReader(text))
		for {
			var document yaml.Node
			if decoder.Decode(&document) != nil { // at the end too
				return entries
			}
			for _, root := range document.Content {
				entries = append(entries, find(yamlNode(root))...)
			}
		}
	}
}

// yamlNode copies a tree. What an alias stands for is left out.
func yamlNode(y *yaml.Node) *node {
	n := &node{}
	switch y.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(y.Content); i += 2 {
			kid := yamlNode(y.Content[i+1])
			kid.key, kid.keyAt = y.Content[i].Value, yamlRange(y.Content[i])
			n.kids = append(n.kids, kid)
		}
	case yaml.SequenceNode:
		for _, element := range y.Content {
			n.kids = append(n.kids, yamlNode(element))
		}
	case yaml.ScalarNode:
		n.text, n.at = y.Value, yamlRange(y)
	}
	return n
}

// yamlRange is the range of a scalar without quotes.
func yamlRange(y *yaml.Node) gate.Range {
	column := y.Column
	if y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		column++
	}
	return gate.Range{Line: y.Line, Column: column, EndLine: y.Line, EndColumn: column + utf8.RuneCountInString(y.Value)}
}
