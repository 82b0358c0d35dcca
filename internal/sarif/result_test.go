package sarif

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

func shop(t testing.TB) *workspace.Tree {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shop")
	if err := os.MkdirAll(filepath.Join(dir, "src"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "src", "a b.go"), []byte("a\U0001f600b\nc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := workspace.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func TestPlacesInTheRepository(t *testing.T) {
	w := shop(t)
	bases := map[string]artifact{
		"HERE": {URI: "file://" + w.Dir() + "/"}, "SRC": {URI: "src/", Base: "HERE"}, "OTHER": {URI: "file:///home/x/build/"},
		"LOOP": {URI: "a/", Base: "LOOP"}, "%SRCROOT%": {},
	}
	for _, test := range []struct {
		name, uri, base string
		want            string // "": not in the workspace
	}{
		{"relative", "src/a%20b.go", "", "src/a b.go"},
		{"root without an address", "src/a%20b.go", "%SRCROOT%", "src/a b.go"},
		{"unknown base", "src/a%20b.go", "PROJECT", "src/a b.go"},
		{"base here", "src/a%20b.go", "HERE", "src/a b.go"},
		{"chain of bases", "a%20b.go", "SRC", "src/a b.go"},
		{"base on another machine", "src/a%20b.go", "OTHER", "src/a b.go"},
		{"whole address", "file://" + w.Dir() + "/src/a%20b.go", "", "src/a b.go"},
		{"of a runner", "file:///home/runner/work/shop/shop/src/a%20b.go", "", "src/a b.go"},
		{"of a runner with Windows", "file:///D:/a/shop/shop/src/a%20b.go", "", "src/a b.go"},
		{"workspace is a folder of the repository", "shop/src/a%20b.go", "", "src/a b.go"},
		{"dots", "./src/../src/a%20b.go", "", "src/a b.go"},
		{"endless bases", "x.go", "LOOP", ""},
		{"outside", "../../etc/passwd", "", ""},
		{"outside, whole", "file:///etc/passwd", "", ""},
		{"another machine", "file://server/src/a%20b.go", "", ""},
		{"web", "https://example.com/src/a%20b.go", "", ""},
		{"not there", "src/none.go", "", ""},
		{"root", ".", "", ""},
		{"no address", "%zz", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			tr := translation{run: run{Bases: bases}, tree: w}
			got, ok := tr.path(artifact{URI: test.uri, Base: test.base})
			if !ok {
				got = ""
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestR24AddressOfManyFolders holds that an address of a million folders is
// looked at a few times, not once for each of them.
func TestR24AddressOfManyFolders(t *testing.T) {
	tr := translation{tree: shop(t)}
	many := strings.Repeat("a/", 1<<20) + "b"
	if got := tr.moved("/" + many); len(got) != maxMoved || got[0] != many[len("a/a/"):] {
		t.Errorf("%d names", len(got))
	}
	if got := tr.moved(many); len(got) != 0 {
		t.Errorf("%d names of a relative address", len(got))
	}
	if file, ok := tr.path(artifact{URI: "file:///" + many}); ok {
		t.Errorf("found %.20q", file)
	}
	dir := filepath.ToSlash(tr.tree.Dir())
	if got := tr.moved(path.Base(dir) + "/a.go"); !slices.Equal(got, []string{"a.go"}) {
		t.Errorf("below %s: %q", dir, got)
	}
	if got := tr.moved(path.Base(dir)[1:] + "/a.go"); len(got) != 0 {
		t.Errorf("below a part of a name: %q", got)
	}
}

func TestColumnsCountCodePoints(t *testing.T) {
	w := shop(t)
	for _, test := range []struct {
		kind string
		r    region
		want gate.Range
	}{
		{"", region{Line: 1, Column: 4, EndColumn: 5}, gate.Range{Line: 1, Column: 3, EndLine: 1, EndColumn: 4}},
		{"utf16CodeUnits", region{Line: 1, Column: 2, EndColumn: 4}, gate.Range{Line: 1, Column: 2, EndLine: 1, EndColumn: 3}},
		{"unicodeCodePoints", region{Line: 1, Column: 3, EndColumn: 4}, gate.Range{Line: 1, Column: 3, EndLine: 1, EndColumn: 4}},
		{"", region{Line: 1, Column: 2, EndLine: 2, EndColumn: 2}, gate.Range{Line: 1, Column: 2, EndLine: 2, EndColumn: 2}},
		{"", region{Line: 1, Column: 99, EndColumn: 120}, gate.Range{Line: 1, Column: 4, EndLine: 1, EndColumn: 4}},
		{"", region{Line: 2}, gate.Range{Line: 2}},
		{"", region{Line: 9, Column: 1}, gate.Range{}},
		{"", region{Line: -1}, gate.Range{}},
		{"", region{Line: 2, Column: 2, EndLine: 1, EndColumn: 1}, gate.Range{Line: 2, Column: 2}},
	} {
		tr := translation{run: run{ColumnKind: test.kind}, tree: w}
		if got := tr.span("src/a b.go", test.r); got != test.want {
			t.Errorf("%q %+v: got %+v, want %+v", test.kind, test.r, got, test.want)
		}
	}
}

func TestSeverity(t *testing.T) {
	scored := func(s string) rule { return rule{Properties: properties{"security-severity": []byte(s)}} }
	leveled := rule{}
	leveled.Default.Level = "error"
	for _, test := range []struct {
		r     result
		about rule
		want  gate.Severity
	}{
		{result{}, scored(`"9.0"`), gate.Critical},
		{result{Level: "note"}, scored(`7.0`), gate.High},
		{result{}, scored(`"6.9"`), gate.Medium},
		{result{}, scored(`"0.1"`), gate.Low},
		{result{Level: "error"}, scored(`"NaN"`), gate.High},
		{result{Level: "error"}, scored(`"99"`), gate.High},
		{result{Level: "error"}, scored(`{"a": 1}`), gate.High},
		{result{}, leveled, gate.High},
		{result{Level: "warning"}, leveled, gate.Medium},
		{result{}, rule{}, gate.Medium},
		{result{Level: "none", Kind: "review"}, leveled, gate.Low},
		{result{Level: "odd"}, rule{}, gate.Unknown},
	} {
		if got := severity(test.r, test.about); got != test.want {
			t.Errorf("%+v %+v: got %s, want %s", test.r, test.about, got, test.want)
		}
	}
}

func TestMessages(t *testing.T) {
	strs := map[string]message{"default": {Text: "{0} is {{not}} {1}, {7}"}}
	for _, test := range []struct {
		m    message
		want string
	}{
		{message{Text: "due to [user input](1) and [x](http://a)."}, "due to user input and x."},
		{message{Text: `a \[b\](c) [d\]e](2)`}, "a [b](c) d]e"},
		{message{ID: "default", Arguments: []string{"a", "b"}}, "a is {not} b, {7}"},
		{message{Text: "{0} {x}", Arguments: []string{"v"}}, "v {x}"},
		{message{Text: "{0}"}, "{0}"},
		{message{}, ""},
	} {
		if got := test.m.plain(strs); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func FuzzImport(f *testing.F) {
	files, err := filepath.Glob("testdata/*.sarif")
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	w := shop(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		l, err := decode(raw)
		if err != nil {
			return
		}
		for _, r := range l.Runs {
			for _, found := range (translation{run: r, tree: w}).findings() {
				_, below := strings.CutPrefix(filepath.Join("/root", found.Path)+"/", "/root/")
				switch {
				case !below || filepath.IsAbs(found.Path) || found.Rule == "" || found.Message == "":
					t.Errorf("%+v", found)
				case found.Column > 0 && found.Line == 0 || found.EndLine > 0 && found.EndLine < found.Line:
					t.Errorf("%+v", found.Range)
				}
			}
		}
	})
}
