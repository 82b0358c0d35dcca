package image_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/portcullis-ci/portcullis/internal/image"
)

func TestCredentialsForWhom(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.json")
	auth := base64.StdEncoding.EncodeToString([]byte("docker:from-file"))
	config := `{"auths": {"https://index.docker.io/v1/": {"auth": "` + auth + `"}, "ghcr.io": {"auth": "` + auth + `"}}}`
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &image.Credentials{
		Registry: "docker.io", Username: "anna", Password: "named",
		Files: []string{filepath.Join(t.TempDir(), "none.json"), file},
	}
	for ref, want := range map[string]string{
		"alpine":                             "anna:named",
		"index.docker.io/acme/shop":          "anna:named",
		"ghcr.io/acme/shop":                  "docker:from-file",
		"ghcr.io.attacker.example/acme/shop": ":",
		"registry.example/docker.io/shop":    ":",
	} {
		parsed, err := name.ParseReference(ref)
		if err != nil {
			t.Fatal(err)
		}
		got, err := authn.Resolve(t.Context(), c, parsed.Context())
		if err != nil {
			t.Fatal(err)
		}
		auth, err := authn.Authorization(t.Context(), got)
		if err != nil || auth.Username+":"+auth.Password != want {
			t.Errorf("%s: %s:%s (%v), want %s", ref, auth.Username, auth.Password, err, want)
		}
	}
	// The next file has what the first one lacks.
	other := filepath.Join(t.TempDir(), "auth.json")
	if err := os.WriteFile(other, []byte(`{"auths": {"quay.io": {"auth": "`+auth+`"}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Files = append(c.Files, other)
	if got, err := c.Resolve(name.MustParseReference("quay.io/acme/shop").Context()); err != nil || got == authn.Anonymous {
		t.Errorf("quay.io: %v, %v", got, err)
	}
	broken := &image.Credentials{Files: []string{t.TempDir()}}
	if _, err := broken.Resolve(name.MustParseReference("alpine").Context()); err == nil {
		t.Error("a configuration that cannot be read is none")
	}
}

// A registry that has the password sends it nowhere: not to the realm that it
// names on another port, and not along with a redirect.
func TestR27CredentialsStayWithTheirRegistry(t *testing.T) {
	var asked, told atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Header.Get("Authorization") != "" || r.URL.User != nil {
			told.Add(1)
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	defer other.Close()
	reg := newRegistry(t)
	ref := reg.push("1", sample(t, amd64, "one"))
	f := image.Fetcher{Attempts: 1, Keychain: &image.Credentials{Registry: reg.host, Username: "anna", Password: "secret"}}

	reg.turn(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+other.URL+`/token",service="x"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
	if _, err := fetch(t, f, ref); err == nil {
		t.Error("realm: no error")
	}
	if asked.Load() != 0 {
		t.Errorf("realm: %d requests", asked.Load())
	}

	authorized := false
	reg.turn(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		user, password, _ := r.BasicAuth()
		switch {
		case user != "anna" || password != "secret":
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			return true
		case strings.Contains(r.URL.Path, "/blobs/"):
			authorized = true
			http.Redirect(w, r, other.URL+"/blob", http.StatusTemporaryRedirect)
			return true
		}
		return false
	})
	img, err := fetch(t, f, ref)
	if err != nil || img.Platforms[0].Err == nil {
		t.Fatalf("redirect: %v %+v", err, img)
	}
	if !authorized || asked.Load() == 0 || told.Load() != 0 {
		t.Errorf("redirect: authorized %t, %d requests, %d with credentials", authorized, asked.Load(), told.Load())
	}
}

// Other credentials are tried when the first were refused, and only then.
func TestSecondCredentialsAreForARefusal(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusInternalServerError} {
		reg := newRegistry(t)
		ref := reg.push("1", sample(t, amd64, "one"))
		sent := 0
		reg.turn(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
			if _, password, _ := r.BasicAuth(); password == "token" {
				sent++
				return false
			}
			if r.URL.Path == "/v2/" {
				w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
				w.WriteHeader(http.StatusUnauthorized)
				return true
			}
			w.WriteHeader(status)
			return true
		})
		second := &image.Credentials{Registry: reg.host, Username: "x", Password: "token"}
		_, err := fetch(t, image.Fetcher{Attempts: 1, Fallback: second}, ref)
		if refused := status != http.StatusInternalServerError; (err == nil) != refused || (sent > 0) != refused {
			t.Errorf("%d: %v, the token was sent %d times", status, err, sent)
		}
		elsewhere := &image.Credentials{Registry: "ghcr.io", Username: "x", Password: "token"}
		sent = 0
		if _, err := fetch(t, image.Fetcher{Attempts: 1, Fallback: elsewhere}, ref); err == nil || sent != 0 {
			t.Errorf("%d: %v, the token of another registry was sent %d times", status, err, sent)
		}
	}
}

// A configuration that cannot be read stays so: the registry is not asked, and
// nobody waits. Credentials that a registry refuses are told from none.
func TestCredentialsThatAreNone(t *testing.T) {
	reg := newRegistry(t)
	ref := reg.push("1", sample(t, amd64, "one"))
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, []byte(`{"auths":`), 0o600); err != nil {
		t.Fatal(err)
	}
	reg.turn(nil)
	parsed, err := image.Parse(ref)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fetch(t, image.Fetcher{Keychain: &image.Credentials{Files: []string{file}}}, ref)
	if err == nil || strings.Contains(err.Error(), "attempts") || reg.count("") != 0 || !strings.Contains(image.Hint(err, parsed), file) {
		t.Errorf("%d requests, %v, hint %q", reg.count(""), err, image.Hint(err, parsed))
	}
	reg.turn(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
		w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
	wrong := &image.Credentials{Registry: reg.host, Username: "anna", Password: "wrong"}
	_, err = fetch(t, image.Fetcher{Keychain: wrong}, ref)
	if !errors.Is(err, image.ErrCredentials) || !strings.HasPrefix(image.Hint(err, parsed), "check name and password") {
		t.Errorf("got %v", err)
	}
	_, err = fetch(t, image.Fetcher{}, ref)
	if !errors.Is(err, image.ErrDenied) || errors.Is(err, image.ErrCredentials) || !strings.Contains(image.Hint(err, parsed), "docker login") {
		t.Errorf("got %v", err)
	}
}
