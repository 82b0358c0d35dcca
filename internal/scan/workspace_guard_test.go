package scan_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/scan"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// inWorkspace are options of a run that scans a tree of these files.
func inWorkspace(t *testing.T, files map[string]string, images ...string) scan.Options {
	t.Helper()
	o := options(t, images...)
	o.Tree, o.Workspace = checkout(t, files), true
	return o
}

// places are the findings, one a line.
func places(s gate.StageReport) []string {
	var got []string
	for _, f := range s.Findings {
		got = append(got, fmt.Sprintf("%s-%d %s %s: %s", f.Location, f.EndColumn, f.Precision, f.Object, f.Message))
	}
	return got
}

// lodash is a package-lock.json with a vulnerable package.
const lodash = `{
  "name": "shop", "lockfileVersion": 3,
  "packages": {
    "": {"name": "shop", "dependencies": {"lodash": "^4.17.0"}},
    "node_modules/lodash": {
      "version": "4.17.20"
    }
  }
}
`

func TestR34LockFileThatCannotBeParsedIsAnErrorBesideTheOthers(t *testing.T) {
	for name, broken := range map[string]string{
		"web/package-lock.json": "{", "go.mod": "module\n\nrequire (", "Cargo.lock": "[[package", "yarn.lock/": "",
		"composer.lock": "[", "poetry.lock": "= =", "pnpm-lock.yaml": ":\n\t-", "Pipfile.lock": "}", "pom.xml": "<project><a>",
		"packages.lock.json": "x", "uv.lock": "[[", "bun.lock": "{,", "pubspec.lock": "\t:", "conan.lock": "{",
	} {
		if strings.HasSuffix(name, "/") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			o := inWorkspace(t, map[string]string{"package-lock.json": lodash, name: broken})
			s, _ := run(t, o)
			found := slices.ContainsFunc(s.Findings, func(f gate.Finding) bool { return f.Path == "package-lock.json" })
			if s.Verdict != gate.Error || !found {
				t.Errorf("%s, %d findings: %s", s.Verdict, len(s.Findings), s.Error)
			}
			if text := s.Error; !strings.Contains(text, name) || strings.Contains(text, os.TempDir()) {
				t.Errorf("the error does not name the file, or names another: %s", text)
			}
		})
	}
}

func TestR21LockFilesThatAreNotRead(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "package-lock.json")
	if err := os.WriteFile(secret, []byte(lodash), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, plant := range map[string]func(path string) error{
		"link": func(path string) error { return os.Symlink(secret, path) },
		"fifo": func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"huge": func(path string) error {
			if err := os.WriteFile(path, []byte(lodash), 0o600); err != nil {
				return err
			}
			return os.Truncate(path, workspace.MaxFileSize+1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := inWorkspace(t, map[string]string{"a": ""})
			if err := plant(filepath.Join(o.Tree.Dir(), "package-lock.json")); err != nil {
				t.Fatal(err)
			}
			s, _ := run(t, o)
			if s.Verdict != gate.Error || len(s.Findings) != 0 || !strings.HasPrefix(s.Error, "package-lock.json: ") {
				t.Errorf("%s: %s %v", s.Verdict, s.Error, s.Findings)
			}
		})
	}
}

func TestR22MavenProjectLeadsNowhere(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "pom.xml")
	if err := os.WriteFile(outside, []byte("<project><groupId>secret</groupId></project>"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, parent := range []string{outside, "../../../../pom.xml", "${user.home}/pom.xml", outside} {
		encoding := ""
		if i == 3 { // which only a reader that knows it gets past
			encoding = `<?xml version="1.0" encoding="ISO-8859-1"?>`
		}
		o := inWorkspace(t, map[string]string{"a/pom.xml": encoding + `<project><parent><groupId>a</groupId><artifactId>b</artifactId><version>1</version>
			<relativePath>` + parent + `</relativePath></parent><artifactId>c</artifactId></project>`})
		if s, _ := run(t, o); s.Verdict != gate.Error || !strings.Contains(s.Error, "outside the workspace") {
			t.Errorf("%q: %s %s", parent, s.Verdict, s.Error)
		}
	}
}

func TestR46SettingsOfTheScannerInTheWorkspaceAreNotRead(t *testing.T) {
	o := inWorkspace(t, map[string]string{
		"package-lock.json": lodash, "config.txt": "key = \"AKIA" + "2E0A8F3B244C9986\"\n",
		".trivyignore": "CVE-2021-23337\nCVE-2020-28500\n", ".trivyignore.yaml": "vulnerabilities: [{id: CVE-2021-23337}]\n",
		"trivy.yaml": "severity: [LOW]\nscan: {skip-files: [package-lock.json]}\n", "trivy-secret.yaml": "disable-rules: [aws-access-key-id]\n",
	})
	t.Chdir(o.Tree.Dir())
	s, _ := run(t, o)
	var rules []string
	for _, f := range s.Findings {
		rules = append(rules, f.Rule)
	}
	if want := []string{"secret/aws-access-key-id", "CVE-2020-28500", "CVE-2021-23337"}; !slices.Equal(rules, want) {
		t.Errorf("got %q, want %q", rules, want)
	}
}

func TestR28SecretsOfTheWorkspaceAreNotShown(t *testing.T) {
	secret := "AKIA" + "2E0A8F3B244C9986"
	o := inWorkspace(t, map[string]string{
		"package-lock.json": lodash, "src/config.go": "package a\n\nvar key = \"" + secret + "\"\n", "bin": "\x00key = \"" + secret + "\"",
		"node_modules/x/a.js": "key = \"" + secret + "\"",
	})
	if err := syscall.Mkfifo(filepath.Join(o.Tree.Dir(), "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, report := run(t, o)
	raw, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), secret) {
		t.Errorf("the report shows the secret: %s", raw)
	}
	i := slices.IndexFunc(s.Findings, func(f gate.Finding) bool { return strings.HasPrefix(f.Rule, "secret/") })
	if i < 0 || s.Findings[i].String() != "src/config.go:3" || s.Findings[i].Layer != gate.Code || !s.Findings[i].Sensitive || len(s.Findings) != 3 {
		t.Errorf("%+v", s.Findings)
	}
	if !slices.ContainsFunc(s.Notes, func(n string) bool { return strings.HasSuffix(n, ": pipe") }) {
		t.Errorf("%q", s.Notes)
	}
}

func TestR16LockFilesWithoutADatabaseAreAnError(t *testing.T) {
	o := inWorkspace(t, map[string]string{"package-lock.json": lodash})
	o.Database = scan.Database{}
	stage := scan.New(o)
	report := gate.Run(t.Context(), gate.Plan{Steps: []gate.Step{{Stage: stage}}, Threshold: gate.High})
	s := report.Stages[0]
	if s.Verdict != gate.Error || report.ExitCode != gate.ExitIncomplete || !strings.Contains(s.Failures[0].Hint, "workspace: false") {
		t.Errorf("%s %+v", s.Verdict, s.Failures)
	}
}

func TestWorkspaceWithoutLockFilesIsSkipped(t *testing.T) {
	o := inWorkspace(t, map[string]string{"README.md": "# shop\n"})
	o.Database = scan.Database{} // nobody asks for it
	report := gate.Run(t.Context(), gate.Plan{Steps: []gate.Step{{Stage: scan.New(o)}}, Threshold: gate.High})
	if s := report.Stages[0]; s.Verdict != gate.Skipped || s.Reason != "no image was named, and the tree has no lock file" {
		t.Errorf("%s %s %s", s.Verdict, s.Reason, s.Error)
	}
	o = inWorkspace(t, map[string]string{"third_party/package-lock.json": lodash})
	tree, err := workspace.Open(o.Tree.Dir(), []string{"third_party/**"})
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	o.Tree = tree
	if s, _ := run(t, o); s.Verdict != gate.Error || len(s.Findings) != 0 { // it is required here
		t.Errorf("%s %s", s.Verdict, s.Error)
	}
}

func TestPackageOfAnImageAndOfTheLockFileIsOneForPeople(t *testing.T) {
	files := map[string]string{"app/node_modules/lodash/package.json": `{"name":"lodash","version":"4.17.20"}`}
	index, err := image.Index(imageOf(t, system(t, "3.22.1", base, files), amd64), imageOf(t, system(t, "3.22.1", base, files), arm64))
	if err != nil {
		t.Fatal(err)
	}
	o := inWorkspace(t, map[string]string{"package-lock.json": lodash}, store(t, index))
	s, report := run(t, o)
	if len(s.Findings) != 4 || s.Verdict != gate.Failed || report.Images[0].Platforms[0].Verdict != gate.Failed {
		t.Fatalf("%s %q", s.Verdict, places(s))
	}
	folded := gate.Fold(s.Findings)
	if len(folded) != 2 {
		t.Fatalf("%+v", folded)
	}
	for _, f := range folded {
		if f.String() != "package-lock.json:5:5" || f.Precision != gate.Exact || f.Image != report.Images[0].Digest || len(f.Platforms) != 2 {
			t.Errorf("%+v", f)
		}
	}
}
