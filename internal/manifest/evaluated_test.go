package manifest

import (
	"context"
	"strings"
	"testing"
)

// TestR22NothingIsEvaluated shows that formats whose readers run, include or
// expand something are left to others, and that in a manifest such text is
// text.
func TestR22NothingIsEvaluated(t *testing.T) {
	t.Setenv("CANARY", "canary-5c1d")
	tree := open(t, map[string]string{
		"a.jsonnet":     `{apiVersion: "v1", kind: importstr "/etc/hostname", metadata: {name: std.extVar("CANARY")}}`,
		"b.cue":         "apiVersion: \"v1\"\nkind: \"Pod\"\nmetadata: name: \"b\"\n",
		".env":          "apiVersion: v1\nkind: Pod\n",
		"c.yaml.gotmpl": "apiVersion: v1\nkind: Pod\nmetadata: {name: '{{ env \"CANARY\" }}'}\n",
		"d.yaml":        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: d}\ndata: {a: '${CANARY}', b: $CANARY, c: '{{ env \"CANARY\" }}'}\n",
	})
	found, err := Find(context.Background(), tree, nil)
	got := report(found, err)
	if !strings.HasPrefix(got, "d.yaml ConfigMap/d") || len(found.Objects) != 1 || strings.Contains(got, "canary-5c1d") {
		t.Fatal(got)
	}
	data, _ := found.Objects[0].Value["data"].(map[string]any)
	for key, want := range map[string]string{"a": "${CANARY}", "b": "$CANARY", "c": `{{ env "CANARY" }}`} {
		if data[key] != want {
			t.Errorf("%s is %v", key, data[key])
		}
	}
	if !strings.Contains(got, "c.yaml.gotmpl") {
		t.Errorf("the template that nothing reads is not named:\n%s", got)
	}
}
