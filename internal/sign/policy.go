package sign

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// skew is how far the clock of whoever attested may be ahead.
const skew = 5 * time.Minute

// check looks at what the newest attestations say: that each required one is
// there, of the right age and about this image, and that no newer summary takes
// back what an older one said.
func (o VerifyOptions) check(newest []Attestation, required []string, digest name.Digest) error {
	for _, t := range required {
		i := slices.IndexFunc(newest, func(a Attestation) bool { return a.PredicateType == t })
		if i < 0 {
			return fmt.Errorf("%w of type %s by this key", ErrNoAttestation, t)
		}
		if err := o.checkAge(newest[i]); err != nil {
			return err
		}
	}
	for _, a := range newest {
		if a.PredicateType != vsaType {
			continue
		}
		if err := o.checkSummary(a.payload, slices.Contains(required, vsaType), digest); err != nil {
			return err
		}
	}
	return nil
}

func (o VerifyOptions) checkAge(a Attestation) error {
	now := o.Now()
	switch age := now.Sub(a.Time); {
	case a.Time.IsZero():
		return fmt.Errorf("%w: %s does not say when it was made", ErrAttestation, a.PredicateType)
	case age < -skew:
		return fmt.Errorf("%w: %s is dated in the future: %s", ErrAttestation, a.PredicateType, a.Time.Format(time.RFC3339))
	case o.MaxAge > 0 && age > o.MaxAge:
		return fmt.Errorf("%w: %s is older than %s: %s", ErrAttestation, a.PredicateType, o.MaxAge, a.Time.Format(time.RFC3339))
	}
	return nil
}

// checkSummary checks the result always, and whatever else a summary says where
// one is required. An image that was copied elsewhere keeps its summary, which
// then names another registry.
func (o VerifyOptions) checkSummary(payload []byte, required bool, digest name.Digest) error {
	var s statement[summary]
	if err := json.Unmarshal(payload, &s); err != nil {
		return fmt.Errorf("%w: vsa: %w", ErrAttestation, err)
	}
	vsa := s.Predicate
	switch {
	case vsa.VerificationResult != "PASSED":
		return fmt.Errorf("%w: the newest vsa says %q, not PASSED", ErrAttestation, vsa.VerificationResult)
	case !required:
	case vsa.Verifier.ID != verifierID:
		return fmt.Errorf("%w: vsa of another verifier: %q", ErrAttestation, vsa.Verifier.ID)
	case vsa.ResourceURI != resourceURI(digest):
		return fmt.Errorf("%w: vsa of another image: %q", ErrAttestation, vsa.ResourceURI)
	case o.Policy != "" && vsa.Policy.Digest["sha256"] != digestHex(o.Policy):
		return fmt.Errorf("%w: vsa under another policy: sha256:%s", ErrAttestation, vsa.Policy.Digest["sha256"])
	}
	return nil
}
