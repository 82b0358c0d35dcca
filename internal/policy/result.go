package policy

import (
	"fmt"
	"strings"
)

// A result is one value of a rule: what it says is wrong with a document.
type result struct {
	rule    *rule
	message string
	details details
	value   any // as it was returned
}

// needsTrace reports whether the result leaves open where its fault is.
func (r result) needsTrace() bool { return r.details.Line == 0 && len(r.details.Path) == 0 }

// results reads the value of a rule: a set or list of messages, each a text or
// an object with msg. Anything else denies nothing for conftest, and is an
// error here.
func results(r *rule, values any) ([]result, error) {
	list, ok := values.([]any)
	if !ok {
		return nil, fmt.Errorf("rule %s: %s is not a set of messages", r.id(), describe(values))
	}
	var all []result
	for _, value := range list {
		res := result{rule: r, value: value}
		switch v := value.(type) {
		case string:
			res.message = v
		case map[string]any:
			message, ok := v["msg"].(string)
			if !ok {
				return nil, fmt.Errorf("rule %s: a result has no text in its field msg", r.id())
			}
			res.message, res.details = message, resultDetails(v)
		default:
			return nil, fmt.Errorf("rule %s: %s is neither a message nor an object with msg", r.id(), describe(value))
		}
		if strings.TrimSpace(res.message) == "" {
			return nil, fmt.Errorf("rule %s: a result with an empty message", r.id())
		}
		all = append(all, res)
	}
	return all, nil
}

// describe names the type of a value, in the words of JSON.
func describe(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return fmt.Sprint(value)
	case string:
		return "a string"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a number"
}
