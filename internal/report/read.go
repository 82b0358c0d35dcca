package report

import (
	"bytes"
	"encoding/json"
	"encoding/json/jsontext"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/portcullis-ci/portcullis/docs"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

// Read reads a report from its JSON form. It has to be valid by the published
// schema, and to say everything once: no key twice, nothing behind it.
func Read(document []byte) (gate.Report, error) {
	var r gate.Report
	var version struct {
		Schema int `json:"schema"`
	}
	if err := json.Unmarshal(document, &version); err != nil {
		return r, syntax(document, err)
	}
	if version.Schema != gate.Schema {
		return r, fmt.Errorf("schema %d, want %d", version.Schema, gate.Schema)
	}
	if !jsontext.Value(document).IsValid() {
		return r, errors.New("a key is there twice, or a string is not UTF-8")
	}
	if err := matchSchema(document); err != nil {
		return r, err
	}
	return r, json.Unmarshal(document, &r)
}

// syntax says what is wrong with a document that is no JSON.
func syntax(document []byte, err error) error {
	dec := json.NewDecoder(bytes.NewReader(document))
	var first any
	if dec.Decode(&first) == nil {
		return errors.New("more follows after the report")
	}
	return err
}

// matchSchema returns an error that names the first place where the document is
// not as the schema says.
func matchSchema(document []byte) error {
	rules, err := jsonschema.UnmarshalJSON(bytes.NewReader(docs.ReportSchema))
	if err != nil {
		return fmt.Errorf("reading the schema: %w", err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	const name = "mem:///report.schema.json"
	if err := c.AddResource(name, rules); err != nil {
		return fmt.Errorf("reading the schema: %w", err)
	}
	schema, err := c.Compile(name)
	if err != nil {
		return fmt.Errorf("reading the schema: %w", err)
	}
	var invalid *jsonschema.ValidationError
	if err := schema.Validate(value); !errors.As(err, &invalid) {
		return err
	}
	for len(invalid.Causes) > 0 {
		invalid = invalid.Causes[0]
	}
	return fmt.Errorf("not a report: at /%s: %s", strings.Join(invalid.InstanceLocation, "/"), cut(Terminal(invalid.Error()), 300, perCharacter))
}
