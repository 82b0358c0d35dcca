package policy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// details is what a METADATA block, or the object that a rule returns beside
// msg, says about a finding. What is not said is empty.
type details struct {
	ID        string
	Title     string
	Hint      string
	URL       string
	Severity  string
	Layer     string
	Controls  []string
	Sensitive *bool
	Path      []any  // of the field at fault
	File      string // of _loc
	Line      int    // of _loc
}

// or fills what d does not say with what e says.
func (d details) or(e details) details {
	d.ID = cmp.Or(d.ID, e.ID)
	d.Title = cmp.Or(d.Title, e.Title)
	d.Hint = cmp.Or(d.Hint, e.Hint)
	d.URL = cmp.Or(d.URL, e.URL)
	d.Severity = cmp.Or(d.Severity, e.Severity)
	d.Layer = cmp.Or(d.Layer, e.Layer)
	d.Sensitive = cmp.Or(d.Sensitive, e.Sensitive)
	if d.Controls == nil {
		d.Controls = e.Controls
	}
	return d
}

// severity returns the severity that counts: that of the details, else the
// fallback. A word that nobody knows is an unknown severity, which blocks as a
// high one does.
func (d details) severity(fallback gate.Severity) gate.Severity {
	if d.Severity == "" {
		return fallback
	}
	words := map[string]gate.Severity{
		"note": gate.Low, "info": gate.Low, "informational": gate.Low, "minor": gate.Low,
		"warn": gate.Medium, "warning": gate.Medium, "moderate": gate.Medium,
		"error": gate.High, "major": gate.High, "important": gate.High, "blocker": gate.Critical,
	}
	if s, ok := words[strings.ToLower(d.Severity)]; ok {
		return s
	}
	s, _ := gate.ParseSeverity(d.Severity)
	return s
}

// resultDetails reads the object of a result, in which conftest's users put
// whatever they like; a field of another type than ours is none of ours.
func resultDetails(object map[string]any) details {
	var d details
	nested, _ := object["metadata"].(map[string]any)
	for _, fields := range []map[string]any{object, nested} {
		d = d.or(customDetails(fields))
		if d.Path == nil {
			d.Path = fieldPath(fields["path"])
		}
		if loc, ok := fields["_loc"].(map[string]any); ok && d.Line == 0 {
			d.File, _ = loc["file"].(string)
			d.Line = integer(loc["line"])
		}
	}
	return d
}

// annotated reads a METADATA block.
func annotated(a *ast.Annotations) details {
	if a == nil {
		return details{}
	}
	d := customDetails(a.Custom)
	d.Title = cmp.Or(a.Title, d.Title)
	if len(a.RelatedResources) > 0 && d.URL == "" {
		d.URL = a.RelatedResources[0].Ref.String()
	}
	return d
}

func customDetails(fields map[string]any) details {
	text := func(name string) string { s, _ := fields[name].(string); return s }
	d := details{
		ID:       text("id"),
		Title:    text("title"),
		Hint:     cmp.Or(text("hint"), text("remediation")),
		URL:      text("url"),
		Severity: text("severity"),
		Layer:    strings.ToLower(text("layer")),
	}
	if sensitive, ok := fields["sensitive"].(bool); ok {
		d.Sensitive = &sensitive
	}
	if list, ok := fields["controls"].([]any); ok {
		for _, control := range list {
			d.Controls = append(d.Controls, fmt.Sprint(control))
		}
	}
	return d
}

// fieldPath reads the path of a field: a list, a JSON pointer
// ("/spec/containers/0") or a dotted path ("spec.containers[0].image").
func fieldPath(value any) []any {
	switch value := value.(type) {
	case []any:
		path := make([]any, len(value))
		for i, step := range value {
			path[i] = step
			if n, ok := step.(json.Number); ok {
				path[i] = integer(n)
			}
		}
		return path
	case string:
		if rest, ok := strings.CutPrefix(value, "/"); ok {
			return pointer(rest)
		}
		return dotted(value)
	}
	return nil
}

func pointer(s string) []any {
	var path []any
	for step := range strings.SplitSeq(s, "/") {
		path = append(path, strings.NewReplacer("~1", "/", "~0", "~").Replace(step))
	}
	return path
}

// dotted splits at dots and brackets; a step in brackets may be quoted.
func dotted(s string) []any {
	var path []any
	s = strings.TrimPrefix(strings.TrimPrefix(s, "$"), ".")
	s = strings.TrimPrefix(s, "input.")
	for s != "" {
		var step string
		if rest, ok := strings.CutPrefix(s, "["); ok {
			step, s, _ = strings.Cut(rest, "]")
			step = strings.Trim(step, `"'`)
		} else if i := strings.IndexAny(s, ".["); i >= 0 {
			step, s = s[:i], s[i:]
		} else {
			step, s = s, ""
		}
		s = strings.TrimPrefix(s, ".")
		path = append(path, step)
	}
	return path
}

// existing makes the steps of a path fit the document: the item of a sequence
// is meant by a number, also where it is written as text.
func existing(path []any, document any) []any {
	fitted := make([]any, 0, len(path))
	for _, step := range path {
		switch value := document.(type) {
		case []any:
			i, isInt := step.(int)
			if s, ok := step.(string); ok {
				n, err := strconv.Atoi(s)
				i, isInt = n, err == nil
			}
			document = nil
			if isInt {
				step = i
				if i >= 0 && i < len(value) {
					document = value[i]
				}
			}
		case map[string]any:
			if i, ok := step.(int); ok {
				step = strconv.Itoa(i)
			}
			s, _ := step.(string)
			document = value[s]
		default:
			document = nil
		}
		fitted = append(fitted, step)
	}
	return fitted
}

func integer(value any) int {
	n, ok := value.(json.Number)
	if !ok {
		return 0
	}
	i, _ := strconv.Atoi(n.String())
	return i
}
