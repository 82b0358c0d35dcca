package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/rogpeppe/go-internal/testscript"
)

// startPrivateRegistry starts a registry that takes from everybody and gives to
// USER with PASSWORD only; its host is in $PRIVATE. What it refuses it tells,
// with the credentials in it.
func startPrivateRegistry(ts *testscript.TestScript, _ bool, args []string) {
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if r.Method == http.MethodGet && (user != args[0] || password != args[1]) {
			w.Header().Set("WWW-Authenticate", `Basic realm="private"`)
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"errors": [{"code": "DENIED", "message": "not with `+password+" "+r.Header.Get("Authorization")+`"}]}`)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	ts.Defer(server.Close)
	ts.Setenv("PRIVATE", strings.TrimPrefix(server.URL, "http://"))
}

// pushDatabase stores the database in a folder as an OCI artifact.
func pushDatabase(ts *testscript.TestScript, _ bool, args []string) {
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	w := tar.NewWriter(zipped)
	ts.Check(errors.Join(w.AddFS(os.DirFS(ts.MkAbs(args[0]))), w.Close(), zipped.Close()))
	layer := static.NewLayer(out.Bytes(), "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip")
	artifact, err := mutate.Append(mutate.MediaType(empty.Image, types.OCIManifestSchema1), mutate.Addendum{Layer: layer})
	ts.Check(err)
	artifact = mutate.ConfigMediaType(artifact, "application/vnd.aquasec.trivy.config.v1+json")
	ref, err := name.ParseReference(args[1])
	ts.Check(err)
	ts.Check(remote.Write(ref, artifact))
}
