package policy

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// BenchmarkPolicy evaluates 120 rules on 2,000 documents, of which every tenth
// has faults.
func BenchmarkPolicy(b *testing.B) {
	const rules, documents = 120, 2000
	var policy strings.Builder
	policy.WriteString("package main\n\ncontainers contains c if some c in input.spec.template.spec.containers\n\n")
	for i := range rules {
		fmt.Fprintf(&policy, "deny_r%d contains msg if {\n\tsome c in containers\n\tendswith(c.image, \":bad-%d\")\n\tmsg := sprintf(\"%%s: image %%s\", [c.name, c.image])\n}\n\n", i, i%10)
	}
	files := map[string]string{"policy/a.rego": policy.String()}
	for i := range documents {
		tag := "1.4"
		if i%10 == 0 {
			tag = fmt.Sprintf("bad-%d", i%100/10)
		}
		files[fmt.Sprintf("deploy/%04d.yaml", i)] = strings.NewReplacer("nginx:latest", "nginx:"+tag).Replace(deployment)
	}
	tr := tree(b, files)
	ctx := context.Background()
	b.Run("stage", func(b *testing.B) {
		for b.Loop() {
			res, err := New(Options{Tree: tr, Rego: []string{"policy"}}).Run(ctx)
			if err != nil || len(res.Findings) != documents/10*rules/10 || res.Checked.Rules != rules {
				b.Fatal(len(res.Findings), res.Checked, err)
			}
		}
	})
	b.Run("builtin", func(b *testing.B) {
		for b.Loop() {
			if _, err := New(Options{Tree: tr, Builtin: true}).Run(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("manifests", func(b *testing.B) {
		for b.Loop() {
			if _, err := manifest.Find(ctx, tr, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
