package sign

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// Options are what the sign stage needs. None of them is read before Prepare.
type Options struct {
	// Refuse, if not empty, is why this run may not sign: then nothing is read
	// and nobody is asked. RefuseHint is the next action.
	Refuse     string
	RefuseHint string

	// Key is a cosign private key: a file, or env://NAME, which Getenv looks up.
	Key    string
	Getenv func(string) string
	// Password returns the key's password, which is wiped after use. Nil: empty.
	Password func(context.Context) ([]byte, error)

	Format string   // bundle (also when empty), legacy or both
	Attest []string // sbom, vuln, vsa
	// SBOM returns the SBOM of a platform that was scanned, by its digest. The
	// report has the digest of what it returns.
	SBOM func(digest string) ([]byte, bool)

	// What attestations say beyond the report of the stages.
	Tool    gate.Tool
	Context gate.Context
	Config  *gate.Config

	Keychain authn.Keychain // nil: no credentials
	// Transport makes the requests to a registry and to where it leads; nil: any.
	Transport func(name.Registry) http.RoundTripper
	Now       func() time.Time // nil: time.Now
	Log       *slog.Logger     // nil: no log
}

// A Stage signs what passed the gate. It is used for one run.
type Stage struct {
	options Options

	mu  sync.Mutex
	key *pair // set by Prepare
}

// New returns the stage. Wrong options are an error of Prepare.
func New(o Options) *Stage {
	o.Format = cmp.Or(o.Format, formatBundle)
	o.Tool = cmp.Or(o.Tool, gate.Tool{Name: "portcullis"})
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Stage{options: o}
}

// Name returns "sign".
func (s *Stage) Name() string { return "sign" }

// Prepare refuses where the context does not allow a signature, before it does
// anything else; then it checks the options and decrypts the key, once.
func (s *Stage) Prepare(ctx context.Context) error {
	if s.options.Refuse != "" {
		return &gate.Refusal{Reason: s.options.Refuse, Hint: s.options.RefuseHint}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key != nil {
		return nil
	}
	if _, err := s.formats(); err != nil {
		return err
	}
	for _, short := range s.options.Attest {
		if err := known(short); err != nil {
			return err
		}
	}
	key, err := loadPair(ctx, s.options)
	if err != nil {
		return err
	}
	s.key = key
	s.options.Log.DebugContext(ctx, "signing key is ready", "identity", key.identity)
	return nil
}

func (s *Stage) formats() ([]string, error) {
	switch s.options.Format {
	case formatBundle, formatLegacy:
		return []string{s.options.Format}, nil
	case "both":
		return []string{formatBundle, formatLegacy}, nil
	}
	return nil, fmt.Errorf("%w: unknown signature format %q, want one of both, bundle, legacy", ErrUsage, s.options.Format)
}

// Sign signs and attests the digests of the report. It returns a result only if
// all of them were signed and verified again; after an error nothing is claimed
// to be signed, though images that come first may be.
func (s *Stage) Sign(ctx context.Context, passed gate.Report) (gate.Result, error) {
	if err := s.Prepare(ctx); err != nil {
		return gate.Result{}, err
	}
	digests, err := targets(passed)
	if err != nil {
		return gate.Result{}, err
	}
	passed.Tool = cmp.Or(passed.Tool, s.options.Tool)
	if passed.Context.SHA == "" {
		passed.Context = s.options.Context
	}
	passed.Provenance.Config = cmp.Or(passed.Provenance.Config, s.options.Config)
	clients := make([]client, len(digests))
	work := make([][]attachment, len(digests))
	for i, digest := range digests {
		clients[i] = connect(ctx, s.options.Keychain, s.options.Transport, digest)
		if work[i], err = s.claims(clients[i], digest, passed, passed.Images[i]); err != nil {
			return gate.Result{}, clients[i].redact(fmt.Errorf("nothing was signed: %w", err))
		}
	}
	result := gate.Result{
		Images: slices.Clone(passed.Images),
		Notes:  []string{"signed with a key and without a transparency log: cosign verify needs --insecure-ignore-tlog"},
	}
	for i, digest := range digests {
		signature, n, err := s.signImage(ctx, clients[i], work[i])
		if err != nil {
			return gate.Result{}, clients[i].redact(fmt.Errorf("signing %s: %w", digest, err))
		}
		result.Images[i].Signature = signature
		result.Checked.Images++
		result.Checked.Rules += n
	}
	return result, nil
}
