package report

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// schema compiles a JSON Schema file.
func schema(t *testing.T, file string) *jsonschema.Schema {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("mem:///schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mem:///schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// valid checks a document against a schema.
func valid(t *testing.T, s *jsonschema.Schema, document string) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
	if err != nil {
		t.Fatalf("parsing %.200s: %v", document, err)
	}
	return s.Validate(v)
}

func TestJSONSchema(t *testing.T) {
	s := schema(t, "../../docs/report.schema.json")
	unscanned := closed()
	unscanned.Images[0].Platforms, unscanned.Images[0].Signature = nil, &gate.Signature{}
	unscanned.Stages[0].Findings, unscanned.Stages[0].Failures = nil, nil
	for name, r := range map[string]gate.Report{
		"closed": closed(), "opened": opened(), "many": many(20), "empty lists": unscanned,
		"no stage": gate.Run(context.Background(), gate.Plan{}),
	} {
		if err := valid(t, s, render(t, "json", r, Options{})); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestJSONSchemaRefuses shows that the schema says something.
func TestJSONSchemaRefuses(t *testing.T) {
	s := schema(t, "../../docs/report.schema.json")
	good := render(t, "json", closed(), Options{})
	for from, to := range map[string]string{
		`"schema": 1`:              `"schema": 2`,
		`"exitCode": 3`:            `"exitCode": 0`,
		`"verdict": "error"`:       `"verdict": "fine"`,
		`"severity": "critical"`:   `"severity": "severe"`,
		`"line": 23`:               `"line": 0`,
		`"findings": []`:           `"findings": null`,
		`"durationMs"`:             `"duration"`,
		`"digest": "sha256:4bcff6`: `"digest": "sha256:XYZ`,
	} {
		bad := strings.Replace(good, from, to, 1)
		if bad == good {
			t.Errorf("%s is not in the report", from)
		}
		if err := valid(t, s, bad); err == nil {
			t.Errorf("%s instead of %s is valid", to, from)
		}
	}
	if err := valid(t, s, render(t, "json", gate.Report{}, Options{})); err == nil {
		t.Error("a report that nobody filled in is valid")
	}
}
