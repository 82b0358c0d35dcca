package image

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"golang.org/x/net/publicsuffix"
)

// errRefused is what every error about a request that is not made wraps.
var errRefused = errors.New("request refused")

// A guard makes the requests to a registry, and to the hosts that the registry
// sends us to. Such a host is never on the machine itself, in a private network
// or a metadata service, unless it is the registry as the user named it; it is
// spoken to in clear only if the registry is; and credentials go to the site of
// the registry only.
type guard struct {
	registry name.Registry
	inner    *http.Transport
	proxies  sync.Map // addresses of proxies that were chosen; they may be anywhere
}

func newTransport(registry name.Registry, proxy func(*http.Request) (*url.URL, error)) *guard {
	g := &guard{registry: registry}
	g.inner = &http.Transport{
		Proxy: func(req *http.Request) (*url.URL, error) {
			if proxy == nil {
				return nil, nil
			}
			chosen, err := proxy(req)
			if chosen != nil {
				g.proxies.Store(chosen.Hostname(), true)
			}
			return chosen, err
		},
		DialContext:           g.dial,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   8,
		IdleConnTimeout:       30 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: time.Minute,
	}
	return g
}

// RoundTrip makes the request, or refuses it.
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "https" && g.registry.Scheme() == "https" {
		return nil, fmt.Errorf("%w: %s is not encrypted, the registry is", errRefused, origin(req.URL))
	}
	secret := req.Header.Get("Authorization") != "" || req.Body != nil && req.Body != http.NoBody
	if secret && !sameSite(req.URL.Host, g.registry.RegistryStr()) {
		return nil, fmt.Errorf("%w: credentials for %s would be sent to %s", errRefused, g.registry.RegistryStr(), origin(req.URL))
	}
	if addr, err := netip.ParseAddr(req.URL.Hostname()); err == nil {
		if err := g.allowed(req.URL.Hostname(), addr); err != nil {
			return nil, err
		}
	}
	answer, err := g.inner.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if busy := askedToWait(answer); busy != nil {
		answer.Body.Close()
		return nil, busy
	}
	return answer, nil
}

// dial connects to a host if the address that its name has now is allowed. A
// proxy resolves names itself, and has the last word on addresses.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: 30 * time.Second, Control: func(_, resolved string, _ syscall.RawConn) error {
		addr, err := netip.ParseAddrPort(resolved)
		if err != nil {
			return err
		}
		if _, isProxy := g.proxies.Load(host); isProxy {
			return nil
		}
		return g.allowed(host, addr.Addr())
	}}
	return dialer.DialContext(ctx, network, address)
}

// metadataServices are addresses that clouds answer on beside the link-local ones.
var metadataServices = []netip.Addr{
	netip.MustParseAddr("fd00:ec2::254"), netip.MustParseAddr("100.100.100.200"), netip.MustParseAddr("168.63.129.16"),
}

// allowed returns an error if nothing may be asked from this address of host.
func (g *guard) allowed(host string, addr netip.Addr) error {
	addr = addr.Unmap().WithZone("")
	refuse := func(what string) error {
		return fmt.Errorf("%w: %s is %s (%s)", errRefused, host, what, addr)
	}
	if addr.IsLinkLocalUnicast() || addr.IsMulticast() || addr.IsUnspecified() {
		return refuse("a link-local or multicast address")
	}
	for _, service := range metadataServices {
		if addr == service {
			return refuse("a metadata service")
		}
	}
	if (addr.IsLoopback() || addr.IsPrivate()) && !strings.EqualFold(host, hostname(g.registry.RegistryStr())) {
		return refuse("in a private network and not the registry that was named")
	}
	return nil
}

// sharedDomains are domains of registries below which every customer has a host
// of their own, and which the public suffix list does not know.
var sharedDomains = []string{
	"aliyuncs.com", "amazonaws.com", "amazonaws.com.cn", "azurecr.cn", "azurecr.io", "azurecr.us", "cloudsmith.io",
	"jfrog.io", "myhuaweicloud.com", "ocir.io", "pkg.dev", "scw.cloud", "tencentcloudcr.com",
}

// sameSite reports whether two hosts with optional ports belong together: they
// are the same, or below the same domain that somebody registered, as
// auth.docker.io and index.docker.io are.
func sameSite(a, b string) bool {
	if strings.EqualFold(a, b) {
		return true
	}
	siteA, errA := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(hostname(a)))
	siteB, errB := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(hostname(b)))
	if _, err := netip.ParseAddr(hostname(a)); err == nil {
		return false // an address has no domain
	}
	return cmp.Or(errA, errB) == nil && siteA == siteB && !slices.Contains(sharedDomains, siteA)
}

func hostname(hostport string) string {
	return (&url.URL{Host: hostport}).Hostname()
}

// origin is a URL without what may be secret in it.
func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }
