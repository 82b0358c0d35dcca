package lockfile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/lockfile"
)

// at is what stands at a range of a text.
func at(t *testing.T, text string, r gate.Range) string {
	t.Helper()
	lines := strings.Split(text, "\n")
	if r.Line < 1 || r.Line > len(lines) || r.EndLine != r.Line {
		t.Fatalf("%+v is no line of %d", r, len(lines))
	}
	line := []rune(lines[r.Line-1])
	if r.Column < 1 || r.EndColumn < r.Column || r.EndColumn > len(line)+1 {
		t.Fatalf("%+v is not in %q", r, string(line))
	}
	return string(line[r.Column-1 : r.EndColumn-1])
}

func TestNamesAreFoundWhereTheyStand(t *testing.T) {
	for _, test := range []struct{ file, text, name, version, want string }{
		{"package-lock.json", `{"packages":{"é":{},"node_modules/a":{"version":"1.0.0"},"node_modules/é/node_modules/a":{"version":"2.0.0"}}}`, "a", "2.0.0", "1:58 \"node_modules/é/node_modules/a\""},
		{"package-lock.json", "{\n\"packages\": {\n\"node_modules/alias\": {\"name\": \"real\", \"version\": \"1.0.0\"}}}", "real", "1.0.0", "3:1 \"node_modules/alias\""},
		{"bun.lock", "// comment \"a\"\n{\"packages\": {\n/* \" */ \"a\": [\"a@1.0.0\",],\n},}", "a", "1.0.0", "3:10 a"},
		{"yarn.lock", "\"alias@npm:@s/real@^1\", alias@2:\n  version \"1.0.0\"\n", "@s/real", "1.0.0", "1:2 alias"},
		{"yarn.lock", "\"@s/a@^1\":\n  version \"1.0.0\"\n", "@s/a", "1.0.0", "1:2 @s/a"},
		{"pnpm-lock.yaml", "lockfileVersion: 5.3\npackages:\n  registry.example/@s/a/1.0.0_b@2.0.0:\n    dev: false\n", "@s/a", "1.0.0", "3:20 @s/a"},
		{"pnpm-lock.yaml", "lockfileVersion: '9.0'\n---\nlockfileVersion: '9.0'\npackages:\n  '@s/a@1.0.0':\n    x: 1\n", "@s/a", "1.0.0", "5:4 @s/a"},
		{"pnpm-lock.yaml", "lockfileVersion: '6.0'\npackages:\n  file:lib:\n    name: a\n    version: 1.0.0\n", "a", "1.0.0", ""},
		{"Podfile.lock", "PODS:\n  - \"a/b (1.0.0)\":\n    - c\n", "a/b", "1.0.0", "2:6 a/b"},
		{"Gemfile.lock", "GEM\n  specs:\n    a-b (1.0.0)\n    a (1.0.0)\n", "a", "1.0.0", "4:5 a"},
		{"poetry.lock", "[[package]]\nname = 'A_b'\nversion = '1'\n", "a-b", "1", "2:9 A_b"},
		{"requirements.txt", "  a.b==1 # c\n", "A-B", "1", "1:3 a.b"},
		{"go.mod", "\ufeffmodule m\r\n\r\nrequire a.b/c v1.0.0\r\n", "a.b/c", "1.0.0", "3:9 a.b/c"},
		{"app-gradle.lockfile", "g:a:1=x\ng:b:1=x\n", "g:b", "1", "2:3 b"},
		{"packages.config", "<packages><package version = '1'\n id=\"a\"/></packages>", "a", "1", "2:6 a"},
		{"Common.Packages.props", "<Project><ItemGroup><PackageReference Update=\" a \" Version=\"1\"/></ItemGroup></Project>", "a", "1", "1:48 a"},
		{"pom.xml", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><project><a>\xe9</a><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId></dependency></dependencies></project>", "g:a", "9", "1:119 a"},
		{"pom.xml", "<project><properties><v>${w}</v><w>${v}</w></properties><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId><version>${v}</version></dependency></dependencies></project>", "g:a", "9", "1:115 a"},
		{"unknown.txt", "a 1.0.0", "a", "1.0.0", ""},
	} {
		t.Run(test.file, func(t *testing.T) {
			r, exact := lockfile.Read(test.file, []byte(test.text)).Find(test.name, test.version, 0)
			if test.want == "" {
				if exact {
					t.Errorf("found at %+v", r)
				}
				return
			}
			shown := strings.ToValidUTF8(test.text, "é")
			got := fmt.Sprintf("%d:%d %s", r.Line, r.Column, at(t, strings.ReplaceAll(shown, "\r", ""), r))
			if got != test.want || !exact {
				t.Errorf("got %q, want %q, exact: %v", got, test.want, exact)
			}
		})
	}
}

// TestOtherVersions holds what is said where a file does not name a version.
func TestOtherVersions(t *testing.T) {
	x := lockfile.Read("yarn.lock", []byte("a@1:\n  version \"1.0.0\"\n\na@2:\n  version \"2.0.0\"\n"))
	for _, test := range []struct {
		version     string
		first, line int
		exact       bool
	}{
		{"1.0.0", 0, 1, true}, {"2.0.0", 0, 4, true}, {"2.0.0", 1, 4, true}, {"3.0.0", 0, 1, false},
		{"3.0.0", 4, 4, true}, {"3.0.0", 8, 8, true}, {"", 0, 1, true},
	} {
		if at, exact := x.Find("a", test.version, test.first); at.Line != test.line || exact != test.exact {
			t.Errorf("%+v: line %d, exact: %v", test, at.Line, exact)
		}
	}
	var none *lockfile.Index
	if at, exact := none.Find("a", "1", 0); at.Line != 0 || exact || none.Needs("a", "1") != nil {
		t.Errorf("nothing is found at %+v", at)
	}
}

// big are files of many packages: a search that looked through the whole of one for
// each package would not come to an end here.
func TestBigFiles(t *testing.T) {
	const n = 30_000
	for file, write := range map[string]func(w *strings.Builder, i int){
		"yarn.lock": func(w *strings.Builder, i int) { fmt.Fprintf(w, "p%d@^1:\n  version \"1.0.0\"\n\n", i) },
		"Cargo.lock": func(w *strings.Builder, i int) {
			fmt.Fprintf(w, "[[package]]\nname = \"p%d\"\nversion = \"1.0.0\"\n\n", i)
		},
		"requirements.txt": func(w *strings.Builder, i int) { fmt.Fprintf(w, "p%d==1.0.0\n", i) },
		"pnpm-lock.yaml": func(w *strings.Builder, i int) {
			if i == 0 {
				w.WriteString("lockfileVersion: '9.0'\npackages:\n")
			}
			fmt.Fprintf(w, "  p%d@1.0.0:\n    resolution: {integrity: x}\n", i)
		},
		"package-lock.json": func(w *strings.Builder, i int) { // on one line
			end := ","
			if i == 0 {
				w.WriteString(`{"packages":{`)
			}
			if i == n-1 {
				end = "}}"
			}
			fmt.Fprintf(w, `"node_modules/p%d":{"version":"1.0.0"}%s`, i, end)
		},
		"poetry.lock": func(w *strings.Builder, i int) { // of which only the last has the version
			fmt.Fprintf(w, "[[package]]\nname = \"p%d\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"many\"\nversion = \"%d\"\n\n", i, i)
		},
		"packages.config": func(w *strings.Builder, i int) {
			if i == 0 {
				w.WriteString("<packages>")
			}
			fmt.Fprintf(w, `<package id="p%d" version="1.0.0"/>`, i)
		},
	} {
		var w strings.Builder
		for i := range n {
			write(&w, i)
		}
		x := lockfile.Read(file, []byte(w.String()))
		for i := range n {
			if r, exact := x.Find(fmt.Sprintf("p%d", i), "1.0.0", 0); !exact || r.Line < 1 {
				t.Fatalf("%s: p%d is at %+v", file, i, r)
			}
			if r, exact := x.Find("many", fmt.Sprint(i), 0); file == "poetry.lock" && (!exact || r.Line != 8*i+6) {
				t.Fatalf("many %d is at %+v", i, r)
			}
		}
	}
}

// FuzzRead holds that what is found is in the text, whatever that is.
func FuzzRead(f *testing.F) {
	files := []string{
		"Cargo.lock", "Gemfile.lock", "Manifest.toml", "Package.resolved", "Pipfile.lock", "Podfile.lock", "bun.lock", "composer.lock", "conan.lock",
		"environment.yml", "go.mod", "mix.lock", "package-lock.json", "packages.config", "packages.lock.json", "pnpm-lock.yaml", "pom.xml",
		"pubspec.lock", "requirements.txt", "yarn.lock", "gradle.lockfile", "a.deps.json", "Directory.Packages.props",
	}
	for _, text := range []string{
		"", "{", `{"packages":{"a":["a@1"],"node_modules/a":{"version":"1"}}}`, "packages:\n  a@1: {}\nPODS:\n- a (1)\n", "[[package]]\nname = \"a\"\n",
		"<project a='x'><dependencies><dependency><artifactId>a</artifactId></dependency></dependencies></project>", "a@1:\n version 1\n", "require a v1\n",
		"g:a:1=\na==1\n    a (1)\n", "/*", `"\`, "<a b", "<a a=''>&amp;</a>", "\"\"\"\n[[a]]", "[[deps.]]",
	} {
		for i := range files {
			f.Add(i, text)
		}
	}
	f.Fuzz(func(t *testing.T, i int, text string) {
		file := files[uint(i)%uint(len(files))] //nolint:gosec // any number will do
		x := lockfile.Read(file, []byte(text))
		r, _ := x.Find("a", "1", 0)
		_ = lockfile.Parent([]byte(text))
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\r&\\?") || r.Line == 0 || slices.Contains([]string{"go.mod", "pom.xml"}, file) {
			return
		}
		if r.Line < 1 || r.Line > strings.Count(text, "\n")+1 || r.Column < 1 || r.EndColumn < r.Column {
			t.Errorf("%s: %+v in %q", file, r, text)
		}
	})
}

// What a file repeats must not cost its square: none of these comes to an end otherwise.
func TestR24AFileThatRepeatsItself(t *testing.T) {
	const n = 200_000
	text := strings.Repeat("a==1\n", n)
	index := lockfile.Read("requirements.txt", []byte(text))
	for i := range n {
		if at, exact := index.Find("a", "1", i+1); at.Line != i+1 || !exact {
			t.Fatalf("the version in line %d is at %+v, %t", i+1, at, exact)
		}
		if at, exact := index.Find("a", "2", i+1); at.Line != i+1 || !exact {
			t.Fatalf("another version in line %d is at %+v, %t", i+1, at, exact)
		}
	}
	var alike strings.Builder
	names := make([]string, n)
	for i := range n {
		names[i] = "a" + strings.NewReplacer("0", "-", "1", "_").Replace(fmt.Sprintf("%018b", i)) + "b"
		alike.WriteString(names[i] + "==1\n")
	}
	index = lockfile.Read("requirements.txt", []byte(alike.String()))
	for i, name := range names {
		if at, exact := index.Find(name, "1", 0); at.Line != i+1 || !exact {
			t.Fatalf("%s is at %+v, %t", name, at, exact)
		}
	}
}

func TestR24AProjectWithManyElements(t *testing.T) {
	const n = 200_000
	dependency := "<dependency><artifactId>${project.q}</artifactId></dependency>"
	text := "<project>" + strings.Repeat("<a/>", n) + "<q>z</q><dependencies>" + strings.Repeat(dependency, n) + "</dependencies></project>"
	if _, exact := lockfile.Read("pom.xml", []byte(text)).Find(":z", "1", 0); !exact {
		t.Error("the dependency was not found")
	}
}
