package policy

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"runtime/metrics"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/open-policy-agent/conftest/parser"
	conftest "github.com/open-policy-agent/conftest/policy"

	"github.com/portcullis-ci/portcullis/internal/manifest"
	"github.com/portcullis-ci/portcullis/internal/pacing"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// manyRules is a policy of n rules, each about the images of containers.
func manyRules(n int) string {
	var policy strings.Builder
	policy.WriteString("package main\n\ncontainers contains c if some c in input.spec.template.spec.containers\n\n")
	for i := range n {
		fmt.Fprintf(&policy, "deny_r%d contains msg if {\n\tsome c in containers\n\tendswith(c.image, \":bad-%d\")\n\tmsg := sprintf(\"%%s: image %%s\", [c.name, c.image])\n}\n\n", i, i%10)
	}
	return policy.String()
}

// deployments are files of so many documents each, of which every tenth has
// faults.
func deployments(files, documents int) map[string]string {
	all := map[string]string{}
	for i := range files {
		var text strings.Builder
		for j := range documents {
			n := i*documents + j
			tag := "1.4"
			if n%10 == 0 {
				tag = fmt.Sprintf("bad-%d", n%100/10)
			}
			text.WriteString("---\n")
			text.WriteString(strings.NewReplacer("nginx:latest", "nginx:"+tag, "name: web", fmt.Sprintf("name: web-%d", n)).Replace(deployment))
		}
		all[fmt.Sprintf("deploy/%03d/%05d.yaml", i/100, i)] = text.String()
	}
	return all
}

// benchTree writes the files, and rules for them.
func benchTree(b *testing.B, rules int, files map[string]string) *workspace.Tree {
	b.Helper()
	files = maps.Clone(files)
	files["policy/a.rego"] = manyRules(rules)
	return tree(b, files)
}

// BenchmarkConftest asks 120 rules about 2,000 documents in 1,000 files: the
// stage, and conftest's engine as its command line calls it.
func BenchmarkConftest(b *testing.B) {
	const rules, documents, want = 120, 2000, 2000 / 10 * 120 / 10
	files := deployments(1000, 2)
	tr := benchTree(b, rules, files)
	ctx := context.Background()
	b.Run("portcullis", func(b *testing.B) {
		defer pacing.Allow(96 << 20)() // as the program does
		measured(b, documents, func() {
			res, err := New(Options{Tree: reopened(b, tr), Rego: []string{"policy"}}).Run(ctx)
			if err != nil || len(res.Findings) != want || res.Checked.Objects != documents || res.Checked.Rules != rules {
				b.Fatal(len(res.Findings), res.Checked, err)
			}
		})
	})
	b.Run("conftest", func(b *testing.B) {
		measured(b, documents, func() {
			engine, err := conftest.Load([]string{filepath.Join(tr.Dir(), "policy")}, conftest.CompilerOptions{RegoVersion: "v1", Capabilities: capabilities(1)})
			if err != nil {
				b.Fatal(err)
			}
			var names []string
			for name := range files {
				names = append(names, filepath.Join(tr.Dir(), name))
			}
			slices.Sort(names)
			parsed, err := parser.ParseConfigurations(names)
			if err != nil {
				b.Fatal(err)
			}
			results, err := engine.Check(ctx, parsed, "main")
			found := 0
			for _, r := range results {
				found += len(r.Failures)
			}
			if err != nil || found != want {
				b.Fatal(found, err)
			}
		})
	})
}

// BenchmarkDocuments asks 10 rules about 1,000 documents and about 100,000:
// the time of one, and the memory at the peak.
func BenchmarkDocuments(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		tr := benchTree(b, 10, deployments(n/10, 10))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			measured(b, n, func() {
				res, err := New(Options{Tree: reopened(b, tr), Rego: []string{"policy"}}).Run(context.Background())
				if err != nil || res.Checked.Objects != n || len(res.Findings) != n/10 {
					b.Fatal(len(res.Findings), res.Checked, err)
				}
			})
		})
	}
}

// BenchmarkZeroConfiguration is the stage as it runs without a configuration
// on 10,000 files, and with what else can be switched on.
func BenchmarkZeroConfiguration(b *testing.B) {
	files := deployments(10_000, 1)
	files["gatekeeper/all.yaml"] = bothConstraints
	tr := benchTree(b, 1, files)
	for name, o := range map[string]Options{
		"builtin":      {Builtin: true},
		"pod-security": {PodSecurity: "restricted"},
		"gatekeeper":   {Gatekeeper: []string{"gatekeeper"}},
	} {
		b.Run(name, func(b *testing.B) {
			measured(b, 10_000, func() {
				o.Tree = reopened(b, tr)
				if res, err := New(o).Run(context.Background()); err != nil || len(res.Findings) < 10_000 {
					b.Fatal(len(res.Findings), err)
				}
			})
		})
	}
	b.Run("reading", func(b *testing.B) {
		measured(b, 10_000, func() {
			if _, err := manifest.Each(context.Background(), reopened(b, tr), nil, func([]*manifest.Object) error { return nil }); err != nil {
				b.Fatal(err)
			}
		})
	})
}

// reopened is the tree as a new run sees it, which has to walk it first.
func reopened(b *testing.B, tr *workspace.Tree) *workspace.Tree { return open(b, tr.Dir()) }

// measured runs f for n documents and reports the processor's time, which other
// programs on the machine do not change, and the most memory that Go held.
func measured(b *testing.B, n int, f func()) {
	var peak atomic.Uint64
	done := make(chan struct{})
	go func() {
		samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
		for {
			metrics.Read(samples)
			peak.Store(max(peak.Load(), samples[0].Value.Uint64()-samples[1].Value.Uint64()))
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	start := processorTime(b)
	for b.Loop() {
		f()
	}
	close(done)
	spent := processorTime(b) - start
	b.ReportMetric(spent.Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(float64(spent.Microseconds())/float64(b.N*n), "cpu-µs/document")
	b.ReportMetric(float64(peak.Load())/(1<<20), "peak-MB")
}

func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
