package cache_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/github/cache"
)

// A service is the cache service of a runner, with the part of Azure's blob
// storage that its signed addresses lead to.
type service struct {
	t      *testing.T
	url    string
	token  string
	mu     sync.Mutex
	keys   map[string]string // to the name of the blob
	blobs  map[string][]byte // finished ones, by name
	blocks map[string][]byte // staged ones, by name and id
	calls  int
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{t: t, token: runtimeToken(t), keys: map[string]string{}, blobs: map[string][]byte{}, blocks: map[string][]byte{}}
	mux := http.NewServeMux()
	const api = "POST /twirp/github.actions.results.api.v1.CacheService/"
	mux.HandleFunc(api+"CreateCacheEntry", s.call(func(key, _ string) map[string]any {
		if _, there := s.keys[key]; there {
			return map[string]any{"ok": false, "message": "cache entry with the same key, version, and scope already exists"}
		}
		name := fmt.Sprintf("blob-%d", len(s.keys))
		s.keys[key] = name
		return map[string]any{"ok": true, "signed_upload_url": s.url + "/container/" + name + "?sig=secret"}
	}))
	mux.HandleFunc(api+"FinalizeCacheEntryUpload", s.call(func(key, size string) map[string]any {
		return map[string]any{"ok": fmt.Sprint(len(s.blobs[s.keys[key]])) == size, "entry_id": "7"}
	}))
	mux.HandleFunc(api+"GetCacheEntryDownloadURL", s.call(func(key, _ string) map[string]any {
		for have, name := range s.keys {
			if strings.HasPrefix(have, key) && s.blobs[name] != nil {
				return map[string]any{"ok": true, "matched_key": have, "signed_download_url": s.url + "/container/" + name + "?sig=secret"}
			}
		}
		return map[string]any{"ok": false}
	}))
	mux.HandleFunc("PUT /container/{name}", s.storage(s.write))
	mux.HandleFunc("GET /container/{name}", s.storage(s.read))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// runtimeToken is one as runners give them, which nobody here has signed.
func runtimeToken(t *testing.T) string {
	t.Helper()
	claims, err := json.Marshal(map[string]any{
		"ac":  `[{"Scope":"refs/heads/main","Permission":3}]`,
		"nbf": time.Now().Add(-time.Hour).Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	})
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encode(claims) + "." + encode([]byte("signature"))
}

// call answers a request for who has the token.
func (s *service) call(answer func(key, size string) map[string]any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls++
		var body struct {
			Key     string      `json:"key"`
			Version string      `json:"version"`
			Size    json.Number `json:"size_bytes"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.Version == "" || r.Header.Get("Authorization") != "Bearer "+s.token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer(body.Key, body.Size.String()))
	}
}

// storage answers a request with a signature, which must not have the token.
func (s *service) storage(answer func(w http.ResponseWriter, r *http.Request, name string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls++
		if r.URL.Query().Get("sig") != "secret" || r.Header.Get("Authorization") != "" {
			s.t.Errorf("%s %s with Authorization %q", r.Method, r.URL, r.Header.Get("Authorization"))
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.Header().Set("X-Ms-Request-Id", "1")
		answer(w, r, r.PathValue("name"))
	}
}

func (s *service) write(w http.ResponseWriter, r *http.Request, name string) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	switch query := r.URL.Query(); query.Get("comp") {
	case "block":
		s.blocks[name+query.Get("blockid")] = body
	case "blocklist":
		var list struct{ Latest []string }
		if err := xml.Unmarshal(body, &list); err != nil {
			s.t.Error(err)
		}
		for _, id := range list.Latest {
			s.blobs[name] = append(s.blobs[name], s.blocks[name+id]...)
		}
	default:
		s.blobs[name] = body
	}
	w.WriteHeader(http.StatusCreated)
}

func (s *service) read(w http.ResponseWriter, r *http.Request, name string) {
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(s.blobs[name]))
}

func TestCache(t *testing.T) {
	s := newService(t)
	c, err := cache.New(s.url+"/", s.token, false)
	if err != nil {
		t.Fatal(err)
	}
	content := make([]byte, 5<<20+123)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(content)
	file := filepath.Join(t.TempDir(), "blob")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	const digest = "sha256:0123"
	if _, err := c.Get(t.Context(), digest); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before: %v", err)
	}
	if err := c.Put(t.Context(), digest, file); err != nil {
		t.Fatal(err)
	}
	body, err := c.Get(t.Context(), digest)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(body)
	if err := errors.Join(err, body.Close()); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, want %d: %v", len(got), len(content), err)
	}
	// The service takes the beginning of a key for the key.
	if _, err := c.Get(t.Context(), digest[:9]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("by a part of the digest: %v", err)
	}
	if err := c.Put(t.Context(), digest, file); err == nil || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("twice: %v", err)
	}
}

func TestReadOnlyCacheTakesNothing(t *testing.T) {
	s := newService(t)
	c, err := cache.New(s.url, s.token, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Put(t.Context(), "sha256:1", "/none"); err != nil || s.calls != 0 {
		t.Errorf("%d calls, %v", s.calls, err)
	}
}

func TestTokenThatIsNone(t *testing.T) {
	if _, err := cache.New("http://127.0.0.1:1", "secret-token", false); err == nil || strings.Contains(err.Error(), "secret-token") {
		t.Errorf("got %v", err)
	}
}
