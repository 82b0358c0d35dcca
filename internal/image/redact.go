package image

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// maxText is how much is shown of what a registry answered.
const maxText = 1000

// secretsOf returns what must never be printed of credentials, in the forms that
// they are sent in. A registry may put them into its answer.
func secretsOf(ctx context.Context, auth authn.Authenticator) ([]string, error) {
	c, err := authn.Authorization(ctx, auth)
	if err != nil {
		return nil, err
	}
	secrets := []string{c.Password, c.IdentityToken, c.RegistryToken, c.Auth}
	if c.Password != "" {
		secrets = append(secrets,
			base64.StdEncoding.EncodeToString([]byte(c.Username+":"+c.Password)), url.QueryEscape(c.Password))
	}
	return secrets, nil
}

// Redact hides the credentials for a registry or repository in the text of an
// error, which a registry may have made of what it was sent.
func Redact(ctx context.Context, keychain authn.Keychain, target authn.Resource, err error) error {
	auth, failed := authn.Resolve(ctx, keychain, target)
	if failed != nil {
		return err // nothing was sent
	}
	secrets, failed := secretsOf(ctx, auth)
	if failed != nil {
		return err
	}
	return (&session{secrets: secrets}).redact(err)
}

// redact hides the credentials of the session in the text of an error.
func (s *session) redact(err error) error {
	var address *url.Error
	if errors.As(err, &address) {
		// Where a registry redirects to, the query is a signature.
		address.URL, _, _ = strings.Cut(address.URL, "?")
	}
	var answer *transport.Error
	if errors.As(err, &answer) {
		for i := range answer.Errors {
			answer.Errors[i].Detail = nil // for programs
		}
	}
	text := err.Error()
	for _, secret := range s.secrets {
		if len(secret) > 3 { // less would tear words apart
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	if len(text) > maxText { // a page of some proxy
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	if text == err.Error() {
		return err
	}
	return &redactedError{text: text, cause: err}
}

// A redactedError prints another text than the error that it stands for.
type redactedError struct {
	text  string
	cause error
}

// Error returns the text without secrets.
func (e *redactedError) Error() string { return e.text }

// Unwrap returns the cause, to be recognised and never to be printed.
func (e *redactedError) Unwrap() error { return e.cause }

// Format prints the text without secrets, whatever the verb.
func (e *redactedError) Format(f fmt.State, _ rune) { fmt.Fprint(f, e.text) }
