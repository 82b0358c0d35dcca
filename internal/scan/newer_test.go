package scan_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A pull request chooses what FROM names: a registry that nobody listed gets no
// request.
func TestR27NewerBaseImageIsAskedOfListedRegistriesOnly(t *testing.T) {
	var asked atomic.Int64
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	old := []string{"musl 1.2.5-r8 musl", "libssl3 3.5.2-r0 openssl"}
	img := layered(t, system(t, "3.22.1", old, nil), "base", system(t, "", nil, map[string]string{"app/a": "a"}), "COPY a /app/a # buildkit")
	for _, tag := range []string{"3.20", "3.22"} {
		ref, err := name.NewTag(host + "/base:" + tag)
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Write(ref, img); err != nil {
			t.Fatal(err)
		}
	}
	layout := store(t, img)
	for _, test := range []struct {
		name  string
		from  string
		bases []string
		want  string // in the hint
	}{
		{"listed", host + "/base:3.20", []string{host}, "use " + host + "/base:3.22, which the registry has in place of " + host + "/base:3.20"},
		{"newest", host + "/base:3.22", []string{host + "/base"}, "use a newer base image"},
		{"not listed", host + "/base:3.20", []string{host + "/other", "ghcr.io"}, "use a newer base image"},
		{"a variable", host + "/base:${V}", []string{host}, "use a newer base image"},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked.Store(0)
			o := options(t, layout)
			o.Bases = test.bases
			o.Tree = checkout(t, map[string]string{"Dockerfile": "FROM " + test.from + "\nCOPY a /app/a\n"})
			s, _ := run(t, o)
			if len(s.Findings) < 2 {
				t.Fatalf("%+v", s)
			}
			for _, f := range s.Findings {
				if !f.Inherited || f.Line != 1 || !strings.HasPrefix(f.Hint, test.want) {
					t.Errorf("%+v", f)
				}
			}
			if n := asked.Load(); (n > 0) != (test.name == "listed" || test.name == "newest") {
				t.Errorf("%d requests", n)
			}
			if folded := gate.FoldInherited(gate.Ranked(s.Findings)); len(folded) >= len(s.Findings) {
				t.Errorf("%d findings of %d", len(folded), len(s.Findings))
			}
		})
	}
}
