package scan_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha1"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	javadb "github.com/aquasecurity/trivy-java-db/pkg/db"
	javatypes "github.com/aquasecurity/trivy-java-db/pkg/types"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// jar is an archive that says nothing about itself but by its digest.
func jar(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	file, err := w.Create("org/apache/logging/log4j/core/Core.class")
	if err == nil {
		_, err = file.Write([]byte("\xca\xfe\xba\xbe"))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// javaDB makes a database that knows an archive by its digest.
func javaDB(t *testing.T, archive string, updated time.Time) string {
	t.Helper()
	dir := t.TempDir()
	d, err := javadb.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum([]byte(archive))
	client := javadb.NewMetadata(dir)
	err = errors.Join(d.Init(), d.InsertIndexes([]javatypes.Index{{
		GroupID: "org.apache.logging.log4j", ArtifactID: "log4j-core", Version: "2.14.1",
		SHA1: sum[:], ArchiveType: javatypes.JarType,
	}}), d.Close(), client.Update(javadb.Metadata{
		Version: javadb.SchemaVersion, UpdatedAt: updated, NextUpdate: updated.Add(72 * time.Hour),
	}))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// log4j is a vulnerability database with one advisory for it.
func log4j(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	err := scan.BuildDatabase(dir, fstest.MapFS{"a.yaml": {Data: []byte(`- bucket: alpine 3.22
  pairs:
    - bucket: busybox
      pairs:
        - key: CVE-2099-0001
          value: {FixedVersion: "1.0-r0"}
- bucket: "maven::GitHub Security Advisory Maven"
  pairs:
    - bucket: "org.apache.logging.log4j:log4j-core"
      pairs:
        - key: CVE-2021-44228
          value: {PatchedVersions: ["2.15.0"], VulnerableVersions: ["<2.15.0"]}
- bucket: data-source
  pairs:
    - key: "maven::GitHub Security Advisory Maven"
      value: {ID: ghsa, Name: "GitHub Security Advisory Maven", URL: "https://github.com/advisories"}
- bucket: vulnerability
  pairs:
    - key: CVE-2021-44228
      value: {Title: "log4j: remote code execution", Severity: CRITICAL}
`)}}, now)
	if err != nil {
		t.Fatal(err)
	}
	return "dir:" + dir
}

// java are the options of a run over an image with a Java archive, whose
// database is downloaded from the mirror.
func java(t *testing.T, m *mirror, content string) scan.Options {
	t.Helper()
	o := options(t, store(t, imageOf(t, system(t, "3.22.1", base, map[string]string{"app/log.jar": content}), amd64)))
	o.Offline = false
	o.Database = scan.Database{Repository: log4j(t), JavaRepository: m.ref, CacheDir: t.TempDir()}
	return o
}

func newJavaMirror(t *testing.T) *mirror {
	m := newMirror(t)
	m.ref = strings.Replace(m.ref, "trivy-db:2", "trivy-java-db:1", 1)
	m.layerType = "application/vnd.aquasec.trivy.javadb.layer.v1.tar+gzip"
	return m
}

func TestJavaArchiveIsIdentified(t *testing.T) {
	archive := jar(t)
	m := newJavaMirror(t)
	m.push(javaDB(t, archive, now.Add(-time.Hour)))
	o := java(t, m, archive)
	for range 2 { // the second time from the cache
		s, _ := run(t, o)
		if s.Verdict != gate.Failed || len(s.Findings) != 1 || s.Findings[0].Rule != "CVE-2021-44228" {
			t.Fatalf("%s %s %+v", s.Verdict, s.Error, s.Findings)
		}
		if got := s.Findings[0].Packages[0].Name; got != "org.apache.logging.log4j:log4j-core" {
			t.Error(got)
		}
		if notes := strings.Join(s.Notes, "\n"); !strings.Contains(notes, "database of 2026-09-01T11:00:00Z") {
			t.Error(notes)
		}
	}
	if n := m.downloads.Load(); n != 1 {
		t.Errorf("%d downloads", n)
	}
	o.Offline = true
	if s, _ := run(t, o); s.Verdict != gate.Failed {
		t.Errorf("offline: %s %s", s.Verdict, s.Error)
	}
}

func TestJavaDatabaseIsFetchedOnlyForAnArchive(t *testing.T) {
	m := newJavaMirror(t)
	o := java(t, m, "")
	o.Images = []string{store(t, imageOf(t, system(t, "3.22.1", base, nil), amd64))}
	if s, _ := run(t, o); s.Verdict != gate.Passed {
		t.Errorf("%s: %s", s.Verdict, s.Error)
	}
	if n := m.downloads.Load(); n != 0 {
		t.Errorf("%d downloads", n)
	}
}

func TestR34JavaArchiveThatNobodyKnowsIsNoted(t *testing.T) {
	m := newJavaMirror(t)
	m.push(javaDB(t, "another one", now))
	s, _ := run(t, java(t, m, jar(t)))
	if notes := strings.Join(s.Notes, "\n"); s.Verdict != gate.Passed || !strings.Contains(notes, "a Java archive was not checked, it is in no public repository: file log.jar") {
		t.Errorf("%s %s %s", s.Verdict, s.Error, notes)
	}
}

func TestJavaDatabaseBesideTheOther(t *testing.T) {
	archive := jar(t)
	o := java(t, newJavaMirror(t), archive)
	o.Offline, o.Database.JavaRepository = true, "dir:"+javaDB(t, archive, now)
	if s, _ := run(t, o); s.Verdict != gate.Failed || len(s.Findings) != 1 {
		t.Errorf("%s %s %+v", s.Verdict, s.Error, s.Findings)
	}
}

func TestR16JavaDatabaseThatIsNoGood(t *testing.T) {
	archive := jar(t)
	for _, test := range []struct {
		name string
		dir  string // "" for nothing in the registry
		want string
	}{
		{"none", "", "downloading the database of them"},
		{"old", javaDB(t, archive, now.Add(-40*24*time.Hour)), "it was made on 2026-07-23; the limit is 30 days"},
		{"of tomorrow", javaDB(t, archive, now.Add(24*time.Hour)), "dated in the future"},
		{"another kind", buildDB(t, now), "schema version 2, want 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newJavaMirror(t)
			if test.dir != "" {
				m.push(test.dir)
			}
			s, report := run(t, java(t, m, archive))
			if s.Verdict != gate.Error || report.Images[0].Passed() || !strings.Contains(s.Error, test.want) {
				t.Errorf("%s %q, want %q", s.Verdict, s.Error, test.want)
			}
		})
	}
}
