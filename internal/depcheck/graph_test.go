package depcheck

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// graph holds the direct imports of every package in reach, tests included. A package as compiled for a test
// ("p [q.test]") is a node of its own, as it may import more than p does.
type graph map[string][]string

// load asks the go tool for the graph of the whole module, once.
func load(ctx context.Context, pattern string) (graph, error) {
	if err := touch(); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-test", "-f", "{{.ImportPath}}\t{{join .Imports \"\\t\"}}", pattern)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	g, err := parse(out)
	if err != nil {
		return nil, err
	}
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("listing imports: %w: %s", err, stderr.String())
	}
	return g, nil
}

// touch looks at every Go file of the module. The go tool keeps the result of a test until a file changes that the
// test itself has looked at; what go list reads does not count.
func touch() error {
	return filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".go") {
			_, err = os.Stat(name)
		}
		return err
	})
}

func parse(r io.Reader) (graph, error) {
	g := graph{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		pkg, imports, _ := strings.Cut(lines.Text(), "\t")
		g[pkg] = strings.Fields(strings.ReplaceAll(imports, " [", "["))
	}
	return g, lines.Err()
}

// chain returns the shortest way from a package to one that is wanted, both included, or nil. It does not look behind
// packages that end a way: what an engine imports is its own affair.
func (g graph) chain(from string, wanted, ends func(pkg string) bool) []string {
	cameFrom := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if at != from && wanted(path(at)) {
			return g.way(cameFrom, at)
		}
		if at != from && ends(path(at)) {
			continue
		}
		for _, next := range g[node(at)] {
			if _, seen := cameFrom[next]; !seen {
				cameFrom[next] = at
				queue = append(queue, next)
			}
		}
	}
	return nil
}

// way walks back from a package to where the search began.
func (g graph) way(cameFrom map[string]string, to string) []string {
	var way []string
	for at := to; at != ""; at = cameFrom[at] {
		way = append(way, path(at))
	}
	slices.Reverse(way)
	return way
}

// node turns an import as parse stores it, "p[q.test]", into the name of its node, "p [q.test]".
func node(imported string) string { return strings.Replace(imported, "[", " [", 1) }

// path is the import path of a node or an import, without the test that it was compiled for.
func path(pkg string) string {
	pkg, _, _ = strings.Cut(pkg, "[")
	return strings.TrimSpace(pkg)
}

func TestChain(t *testing.T) {
	g, err := parse(strings.NewReader("a\tb\tc\n" + "b\td\n" + "c\tengine/x\n" + "engine/x\td\n" + "d\tother/y\n" +
		"e.test\te [e.test]\n" + "e [e.test]\tc\n" + "e\tfmt\n"))
	if err != nil {
		t.Fatal(err)
	}
	engine := func(pkg string) bool { return strings.HasPrefix(pkg, "engine/") }
	other := func(pkg string) bool { return strings.HasPrefix(pkg, "other/") }
	for _, tt := range []struct {
		from   string
		wanted func(string) bool
		want   string
	}{
		{from: "a", wanted: engine, want: "a c engine/x"},
		{from: "a", wanted: other, want: "a b d other/y"},
		{from: "b", wanted: engine, want: ""},
		{from: "c", wanted: other, want: ""},
		{from: "e", wanted: engine, want: ""},
		{from: "e.test", wanted: engine, want: "e.test e c engine/x"},
	} {
		if got := strings.Join(g.chain(tt.from, tt.wanted, engine), " "); got != tt.want {
			t.Errorf("chain from %s = %q, want %q", tt.from, got, tt.want)
		}
	}
}
