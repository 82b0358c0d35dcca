package image

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
)

func TestR27AddressesThatAreNeverAsked(t *testing.T) {
	registry := name.MustParseReference("ghcr.io/acme/shop").Context().Registry
	private := name.MustParseReference("10.1.2.3:5000/shop").Context().Registry
	for _, test := range []struct {
		registry   name.Registry
		host, addr string
		allowed    bool
	}{
		{registry, "ghcr.io", "140.82.112.33", true},
		{registry, "storage.example", "203.0.113.7", true},
		{registry, "storage.example", "169.254.169.254", false},
		{registry, "storage.example", "::ffff:169.254.169.254", false},
		{registry, "storage.example", "fe80::1%eth0", false},
		{registry, "storage.example", "fd00:ec2::254", false},
		{registry, "storage.example", "100.100.100.200", false},
		{registry, "storage.example", "127.0.0.1", false},
		{registry, "storage.example", "::1", false},
		{registry, "storage.example", "192.168.1.1", false},
		{registry, "storage.example", "0.0.0.0", false},
		{registry, "ghcr.io", "10.0.0.1", true}, // the user named it
		{registry, "ghcr.io", "169.254.169.254", false},
		{private, "10.1.2.3", "10.1.2.3", true},
		{private, "10.1.2.4", "10.1.2.4", false},
	} {
		g := newTransport(test.registry, nil)
		if err := g.allowed(test.host, netip.MustParseAddr(test.addr)); (err == nil) != test.allowed {
			t.Errorf("%s for %s at %s: %v", test.registry, test.host, test.addr, err)
		}
	}
}

func TestR27RequestsThatAreRefused(t *testing.T) {
	g := newTransport(name.MustParseReference("registry.example.com/shop").Context().Registry, nil)
	for _, test := range []struct{ url, authorization string }{
		{"http://registry.example.com/v2/", ""},
		{"https://example.org/token", "Basic c2VjcmV0"},
		{"https://registry.example.com.attacker.com/token", "Basic c2VjcmV0"},
		{"https://203.0.113.1/token", "Bearer secret"},
		{"https://169.254.169.254/latest/meta-data", ""},
		{"https://[::1]/", ""},
	} {
		req := httptest.NewRequest(http.MethodGet, test.url, nil)
		if test.authorization != "" {
			req.Header.Set("Authorization", test.authorization)
		}
		_, err := g.RoundTrip(req)
		if !errors.Is(err, errRefused) {
			t.Errorf("%s: %v", test.url, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error has the credentials in it: %v", err)
		}
	}
}

func TestR27SameSite(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"auth.docker.io", "index.docker.io", true},
		{"gitlab.example.co.uk", "registry.example.co.uk:5050", true},
		{"evil.azurecr.io", "acme.azurecr.io", false},
		{"evil.azurecr.io.attacker.com", "evil.azurecr.io", false},
		{"a.github.io", "b.github.io", false},
		{"127.0.0.1:1", "127.0.0.1:2", false},
		{"localhost:5000", "localhost:5000", true},
		{"co.uk", "example.co.uk", false},
	} {
		if got := sameSite(test.a, test.b); got != test.same {
			t.Errorf("%s and %s: %v", test.a, test.b, got)
		}
	}
}

// A registry that sends us to a host on the machine, by redirect and by realm.
func TestR27RedirectsAndRealms(t *testing.T) {
	asked := 0
	internal := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer internal.Close()
	// The same listener under a name that is not the registry's.
	elsewhere := strings.Replace(internal.URL, "127.0.0.1", "localhost", 1)
	for step, answer := range map[string]http.HandlerFunc{
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/v2/" {
				http.Redirect(w, r, elsewhere+"/secret", http.StatusTemporaryRedirect)
			}
		},
		"realm": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="`+elsewhere+`/token",service="x"`)
			w.WriteHeader(http.StatusUnauthorized)
		},
	} {
		evil := httptest.NewServer(answer)
		defer evil.Close()
		ref, err := Parse(strings.TrimPrefix(evil.URL, "http://") + "/acme/shop:1")
		if err != nil {
			t.Fatal(err)
		}
		f := &Fetcher{TempDir: t.TempDir(), Proxy: http.ProxyFromEnvironment} // never a proxy for this machine
		if _, err := f.Fetch(t.Context(), ref); !errors.Is(err, errRefused) {
			t.Errorf("%s: %v", step, err)
		}
	}
	if asked != 0 {
		t.Errorf("%d requests were made", asked)
	}
}

func TestProxyMayBeInAPrivateNetwork(t *testing.T) {
	var asked string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked = r.URL.String() }))
	defer proxy.Close()
	chosen, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	registry := name.MustParseReference("localhost:1/shop").Context().Registry
	g := newTransport(registry, http.ProxyURL(chosen))
	resp, err := g.RoundTrip(httptest.NewRequest(http.MethodGet, "http://localhost:1/v2/", nil))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if asked != "http://localhost:1/v2/" {
		t.Errorf("the proxy was asked for %q", asked)
	}
}
