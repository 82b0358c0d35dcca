package sign

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// What [Verify] can find. All but ErrRegistry and ErrUsage are also
// ErrNotVerified: the question was answered, and the answer is no.
var (
	ErrNotVerified = errors.New("not verified")
	// ErrNoSignature: nothing that is attached to the image is a signature.
	ErrNoSignature = fmt.Errorf("%w: no signature", ErrNotVerified)
	// ErrOtherKey: there are signatures, and this key made none of them, or
	// they were altered since.
	ErrOtherKey = fmt.Errorf("%w: no signature of this key", ErrNotVerified)
	// ErrOtherDigest: this key signed, but not this digest.
	ErrOtherDigest = fmt.Errorf("%w: the signature names another digest", ErrNotVerified)
	// ErrNoAttestation: a required attestation is missing.
	ErrNoAttestation = fmt.Errorf("%w: no attestation", ErrNotVerified)
	// ErrAttestation: an attestation of this key does not say what it has to.
	ErrAttestation = fmt.Errorf("%w: attestation", ErrNotVerified)
	// ErrRegistry: the registry could not be asked, or has no such image.
	ErrRegistry = errors.New("asking the registry")
	// ErrUsage: the options make no sense.
	ErrUsage = errors.New("wrong options")
)

// errUnusable marks an attachment that cannot be read as what it claims to be.
// It proves nothing; what else is attached is still looked at.
var errUnusable = errors.New("unusable attachment")

// notFound reports whether the registry answered that there is no such thing.
func notFound(err error) bool {
	var t *transport.Error
	return errors.As(err, &t) && t.StatusCode == http.StatusNotFound
}
