package scan_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// pomOfGood is a project that uses org.good:good, pomOfSecret one whose version a
// variable of the environment says.
const pomOfGood = `<project>
  <modelVersion>4.0.0</modelVersion>
  <parent><groupId>org.shop</groupId><artifactId>parent</artifactId><version>1</version></parent>
  <artifactId>shop</artifactId>
  <dependencies>
    <dependency>
      <groupId>org.good</groupId>
      <artifactId>good</artifactId>
      <version>1.0.0</version>
    </dependency>
  </dependencies>
</project>
`

var pomOfSecret = strings.NewReplacer("org.good", "org.bad", "good", "bad", "1.0.0", "1.0.0-${env.SECRET_TOKEN}").Replace(pomOfGood)

// machine makes a home folder in which the settings of Maven name a server, and
// in which there are other packages. It returns how often the server was asked.
func machine(t *testing.T) *atomic.Int32 {
	t.Helper()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		http.NotFound(w, nil)
	}))
	t.Cleanup(server.Close)
	home := t.TempDir()
	for name, content := range map[string]string{
		".m2/settings.xml": `<settings><mirrors><mirror><id>m</id><mirrorOf>*</mirrorOf><url>` + server.URL + `</url></mirror></mirrors>
			<profiles><profile><id>p</id><activation><activeByDefault>true</activeByDefault></activation>
			<repositories><repository><id>r</id><url>` + server.URL + `</url></repository></repositories></profile></profiles></settings>`,
		".m2/repository/org/good/good/1.0.0/good-1.0.0.pom": `<project><groupId>org.good</groupId><artifactId>good</artifactId><version>1.0.0</version>
			<dependencies><dependency><groupId>org.bad</groupId><artifactId>bad</artifactId><version>1.0.0</version></dependency></dependencies></project>`,
		".gradle/caches/modules-2/files-2.1/org.good/good/1.0.0/1/good-1.0.0.pom": `<project><dependencies><dependency><groupId>org.bad</groupId>
			<artifactId>bad</artifactId><version>1.0.0</version></dependency></dependencies></project>`,
	} {
		path := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HOME", home)
	t.Setenv("MAVEN_HOME", filepath.Join(home, ".m2"))
	t.Setenv("SECRET_TOKEN", "hunter2")
	t.Setenv("HTTP_PROXY", server.URL)
	t.Setenv("HTTPS_PROXY", server.URL)
	return &asked
}

// What is on the machine decides about nothing, is not shown, and nobody is asked.
func TestR22R25WorkspaceScanSeesNothingOfTheMachine(t *testing.T) {
	db := advisories(t)
	asked := machine(t)
	before := os.Environ()
	o := inWorkspace(t, map[string]string{
		"pom.xml": pomOfGood, "env/pom.xml": pomOfSecret, "app/gradle.lockfile": "org.good:good:1.0.0=runtimeClasspath\nempty=\n",
		"tool/go.mod": "module example.com/tool\n\ngo 1.24\n\nrequire example.com/good v1.0.0\n",
	})
	o.Database.Repository, o.Offline = "dir:"+db, false
	s, _ := run(t, o)
	want := []string{"env/pom.xml:8:19-22 exact org.bad:bad 1.0.0-: org.bad:bad 1.0.0- has CVE-2026-0001, fixed in 2.0.0"} // the variable is empty
	if got := places(s); !slices.Equal(got, want) || s.Verdict != gate.Failed || asked.Load() != 0 {
		t.Errorf("%s %s, %d requests: %q, want %q", s.Verdict, s.Error, asked.Load(), got, want)
	}
	if after := os.Environ(); !slices.Equal(sortedCopy(before), sortedCopy(after)) {
		t.Errorf("the environment was not given back: %q, was %q", after, before)
	}
}

func sortedCopy(s []string) []string { return slices.Sorted(slices.Values(s)) }

// A project, a package list and an archive in an image ask nobody either.
func TestR25ImageScanSeesNothingOfTheMachine(t *testing.T) {
	asked := machine(t)
	home := os.Getenv("HOME")
	nuspec := filepath.Join(home, ".nuget", "packages", "good", "1.0.0", "good.nuspec")
	if err := os.MkdirAll(filepath.Dir(nuspec), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(nuspec, []byte(`<package><metadata><license type="expression">AGPL-3.0-only</license></metadata></package>`), 0o600); err != nil {
		t.Fatal(err)
	}
	o := options(t, store(t, imageOf(t, system(t, "3.22.1", base, map[string]string{
		"app/pom.xml":            pomOfGood,
		"app/packages.lock.json": `{"version": 1, "dependencies": {"net8.0": {"good": {"type": "Direct", "resolved": "1.0.0"}}}}`,
	}), amd64)))
	o.Scanners, o.Offline = []string{"license"}, false
	s, _ := run(t, o)
	for _, f := range s.Findings {
		if strings.Contains(f.Message, "AGPL") {
			t.Errorf("the licence is one that the machine knows: %s", f.Message)
		}
	}
	if s.Verdict == gate.Error || asked.Load() != 0 {
		t.Errorf("%s %s, %d requests", s.Verdict, s.Error, asked.Load())
	}
}
