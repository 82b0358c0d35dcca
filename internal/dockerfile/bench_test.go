package dockerfile

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// generated returns a Dockerfile of 30 instructions, another for each number.
func generated(n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# syntax=docker/dockerfile:1\nARG VERSION=%d\nFROM debian:12 AS build\n", n)
	for i := range 6 {
		fmt.Fprintf(&b, "ENV NAME%d=\"value %d\"\nRUN apt-get update \\\n    # tools\n && apt-get install -y curl git=1:2.39 tool-%d \\\n"+
			" && rm -rf /var/lib/apt/lists/*\nCOPY --chown=app:app src%d/ /src/%d/\nRUN cd /src/%d && ./configure --prefix=\"/opt\" | tee log; make -j$(nproc)\n",
			i, n, i, i, n, i)
	}
	b.WriteString("FROM alpine\nCOPY --from=build /opt /opt\nWORKDIR opt\nRUN apk add ca-certificates\nUSER root\nCMD /opt/app\n")
	return b.String()
}

func BenchmarkLint(b *testing.B) {
	const files = 500
	dir := b.TempDir()
	for i := range files {
		write(b, dir, fmt.Sprintf("%d/Dockerfile", i), generated(i))
	}
	tree, err := workspace.Open(dir, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer tree.Close()
	s := New(Options{Tree: tree})
	b.ReportAllocs()
	for b.Loop() {
		res, err := s.Run(context.Background())
		if err != nil || res.Checked.Files != files {
			b.Fatalf("checked %d files: %v", res.Checked.Files, err)
		}
	}
	b.ReportMetric(float64(files*b.N)/b.Elapsed().Seconds(), "files/s")
}

// BenchmarkBuildKitAlone reads the same files with BuildKit's parser and linter
// and nothing else, as the measure of what the rules cost.
func BenchmarkBuildKitAlone(b *testing.B) {
	const files = 500
	texts := make([]string, files)
	for i := range texts {
		texts[i] = generated(i)
	}
	lint := linter.New(&linter.Config{Warn: func(string, string, string, string, []parser.Range) {}})
	b.ReportAllocs()
	for b.Loop() {
		for _, text := range texts {
			res, err := parser.Parse(strings.NewReader(text))
			if err != nil {
				b.Fatal(err)
			}
			if _, _, err := instructions.Parse(res.AST, lint); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(files*b.N)/b.Elapsed().Seconds(), "files/s")
}

// FuzzLint shows that no rule panics, and that every finding is inside the
// file.
func FuzzLint(f *testing.F) {
	for _, r := range Rules() {
		f.Add([]byte(r.Bad))
		f.Add([]byte(r.Good))
	}
	f.Add([]byte(generated(1)))
	s := New(Options{Tree: emptyTree(f), TrustedRegistries: []string{"*.example.com"}})
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := syntax.Parse(b)
		if err != nil {
			return
		}
		found := s.apply("Dockerfile", file)
		lines := strings.Count(string(b), "\n") + 1
		for _, x := range suppress(found, file, pragmas(file)) {
			if x.Line < 1 || x.Column < 1 || x.EndLine > lines || x.EndLine < x.Line || x.instruction > x.Line {
				t.Errorf("%s at %+v of %d lines", x.Rule, x.Range, lines)
			}
			if x.Message == "" || strings.ContainsRune(x.Object, '\n') {
				t.Errorf("%s: message %q, object %q", x.Rule, x.Message, x.Object)
			}
		}
	})
}
