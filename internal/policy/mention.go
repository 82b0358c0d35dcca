package policy

import (
	"maps"
	"slices"
	"strings"
)

// mentioned finds the field of an object that a message is about by what it
// names: the container with that name, in it the value, or else the field. Nil:
// it names nothing that the object has.
func mentioned(message string, object map[string]any) []any {
	words := wordsOf(message)
	m := mention{words: words}
	spec, _ := object["spec"].(map[string]any)
	for _, list := range []string{"containers", "initContainers", "ephemeralContainers"} {
		items, _ := spec[list].([]any)
		for i, item := range items {
			container, _ := item.(map[string]any)
			if name, _ := container["name"].(string); name != "" && slices.Contains(words, name) {
				m.best = []any{"spec", list, i, "name"}
				m.walk(container, []any{"spec", list, i})
				return m.best
			}
		}
	}
	m.walk(object, nil)
	return m.best
}

type mention struct {
	words []string
	best  []any
	score int
}

// walk looks for the leaf that the words fit best.
func (m *mention) walk(value any, path []any) {
	at := func(step any) []any { return append(slices.Clone(path), step) }
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			m.rate(at(name), name, value[name])
			m.walk(value[name], at(name))
		}
	case []any:
		for i, item := range value {
			m.rate(at(i), "", item)
			m.walk(item, at(i))
		}
	}
}

// rate scores a field: its value says more than its name, both say most.
func (m *mention) rate(path []any, name string, value any) {
	if name == "name" || name == "kind" || name == "apiVersion" || name == "namespace" {
		return
	}
	score := 0
	if text, ok := value.(string); ok && len(text) > 2 && slices.Contains(m.words, text) {
		score += 2
	}
	if name != "" && slices.ContainsFunc(m.words, func(word string) bool { return word == name || strings.HasSuffix(word, "."+name) }) {
		score++
	}
	if score > m.score {
		m.score, m.best = score, path
	}
}
