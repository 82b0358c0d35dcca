package helm

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"go.yaml.in/yaml/v3"
	v2 "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A variant is a set of values that a chart is rendered with, besides its own.
type variant struct {
	name string // as messages have it; "": the chart's own values alone
	file string // in the workspace
	data []byte
}

// variants returns the sets of values of the chart.
func (c *chart) variants(configured map[string][]string) ([]variant, error) {
	var all []variant
	for _, name := range c.files {
		if ok, _ := path.Match("ci/*-values.yaml", c.relative(name)); ok {
			all = append(all, variant{name: c.relative(name), file: name})
		}
	}
	var errs []error
	for dir, names := range configured {
		if path.Clean(dir) != c.dir {
			continue
		}
		for _, name := range names {
			file, err := c.find(name)
			errs = append(errs, err)
			if err == nil && !slices.ContainsFunc(all, func(v variant) bool { return v.file == file }) {
				all = append(all, variant{name: name, file: file})
			}
		}
	}
	if len(all) == 0 && len(errs) == 0 {
		return []variant{{file: c.path("values.yaml")}}, nil
	}
	for i := range all {
		var err error
		if all[i].data, err = c.tree.ReadFile(all[i].file); err != nil {
			errs = append(errs, err)
		}
	}
	return all, errors.Join(errs...)
}

// find returns the path in the workspace of a file of values: relative to the
// chart, or else to the workspace.
func (c *chart) find(name string) (string, error) {
	for _, file := range []string{c.path(name), path.Clean(name)} {
		if !strings.HasPrefix(file, "../") && slices.Contains(c.all, file) {
			return file, nil
		}
	}
	return "", &gate.CheckError{
		Err:  fmt.Errorf("policy.helm.values: %s: %q is no file of the chart or of the workspace", c.dir, name),
		Hint: "correct the name; nothing outside of the workspace is read",
	}
}

// values reads the values of a variant.
func (c *chart) values(v variant) (map[string]any, error) {
	values, err := loader.LoadValues(bytes.NewReader(v.data))
	if err == nil {
		return values, nil
	}
	check := &gate.CheckError{Err: fmt.Errorf("reading the values: %w", err)}
	check.Location.Path = v.file
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		check.Location.Line, _ = strconv.Atoi(m[1])
	}
	return nil, check
}

// offline refuses to load any schema that another one refers to.
type offline struct{}

func (offline) Load(url string) (any, error) {
	return nil, fmt.Errorf("the schema refers to %q, which is not fetched", url)
}

// validate checks values against the values.schema.json of a chart and of its
// dependencies, as Helm does, but for references to other files.
func (c *chart) validate(loaded *v2.Chart, values map[string]any, v variant, keys ...string) error {
	var errs []error
	if loaded.Schema != nil {
		errs = append(errs, c.validateOne(loaded, values, v, keys))
	}
	for _, dependency := range loaded.Dependencies() {
		if below, ok := values[dependency.Name()].(map[string]any); ok {
			errs = append(errs, c.validate(dependency, below, v, append(slices.Clone(keys), dependency.Name())...))
		}
	}
	return errors.Join(errs...)
}

const schemaURL = "file:///values.schema.json"

func (c *chart) validateOne(loaded *v2.Chart, values map[string]any, v variant, keys []string) error {
	file := c.path("values.schema.json")
	if name, ok := c.origin[first(loaded.Schema)]; ok {
		file = name
	}
	schema, err := compile(loaded.Schema)
	if err != nil {
		check := &gate.CheckError{Err: fmt.Errorf("reading the schema: %w", err)}
		check.Location.Path = file
		return check
	}
	err = schema.Validate(values)
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return err
	}
	var errs []error
	for _, cause := range leaves(invalid) {
		at := slices.Concat(keys, cause.InstanceLocation)
		reason := cause.ErrorKind.LocalizedString(message.NewPrinter(language.English))
		check := &gate.CheckError{
			Err:  fmt.Errorf("the values break %s: %s", file, strings.TrimPrefix(strings.Join(at, ".")+": "+reason, ": ")),
			Hint: "correct the values",
		}
		check.Location = c.valueLine(v, at)
		errs = append(errs, check)
	}
	return errors.Join(errs...)
}

func compile(data []byte) (*jsonschema.Schema, error) {
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(offline{})
	if err := compiler.AddResource(schemaURL, schema); err != nil {
		return nil, err
	}
	return compiler.Compile(schemaURL)
}

// leaves returns the errors that have no finer ones.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var all []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		all = append(all, leaves(cause)...)
	}
	return all
}

// valueLine returns where a value is set: in the file of the variant, or in the
// chart's own values.
func (c *chart) valueLine(v variant, keys []string) gate.Location {
	own, _ := c.tree.ReadFile(c.path("values.yaml"))
	best := gate.Location{Path: v.file, Range: gate.Range{Line: 1}}
	deepest := 0
	for _, source := range []variant{v, {file: c.path("values.yaml"), data: own}} {
		var root yaml.Node
		if yaml.Unmarshal(source.data, &root) != nil || len(root.Content) == 0 {
			continue
		}
		if n, depth := descend(root.Content[0], keys); depth > deepest {
			deepest = depth
			best = gate.Location{Path: source.file, Range: gate.Range{Line: n.Line, Column: n.Column}}
		}
	}
	return best
}

// descend follows keys as far as they lead and returns the last one found.
func descend(n *yaml.Node, keys []string) (at *yaml.Node, depth int) {
	at = n
	for _, key := range keys {
		found := false
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content) && !found; i += 2 {
				if n.Content[i].Value == key {
					at, n, found = n.Content[i], n.Content[i+1], true
				}
			}
		case yaml.SequenceNode:
			if i, err := strconv.Atoi(key); err == nil && i < len(n.Content) {
				at, n, found = n.Content[i], n.Content[i], true
			}
		}
		if !found {
			break
		}
		depth++
	}
	return at, depth
}

func first(data []byte) *byte {
	if len(data) == 0 {
		return nil
	}
	return &data[0]
}
