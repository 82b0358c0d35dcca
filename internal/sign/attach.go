package sign

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// renewAfter is the age from which an attestation is made again although
// nothing but the time has changed, so that one that is checked for its age
// stays young where the gate runs daily.
const renewAfter = 12 * time.Hour

// claims returns what there is to sign about an image: the SBOMs of its
// platforms; then, about the image itself, the attestations, and the signature
// last, so that what is signed is always attested. It makes sure that each can be
// made and that the registry has the image.
func (s *Stage) claims(r client, digest name.Digest, report gate.Report, image gate.Image) ([]attachment, error) {
	attested, err := attestations(s.options.Attest, report, image, digest)
	if err != nil {
		return nil, err
	}
	var work []attachment
	if slices.Contains(s.options.Attest, "sbom") {
		if work, err = s.boms(image, digest); err != nil {
			return nil, err
		}
	}
	work = append(work, attachment{digest: digest, claims: append(attested, signatureClaim(digest))})
	for _, a := range work {
		for _, c := range a.claims {
			if _, err := c.at(s.options.Now()); err != nil {
				return nil, err
			}
		}
		if err := r.exists(a.digest); err != nil {
			return nil, err
		}
	}
	return work, nil
}

// signImage attaches what there is to sign about an image. It returns how many
// signatures and attestations there are.
func (s *Stage) signImage(ctx context.Context, r client, work []attachment) (*gate.Signature, int, error) {
	formats, err := s.formats()
	if err != nil {
		return nil, 0, err
	}
	image := work[len(work)-1].digest
	signature := &gate.Signature{Digest: image.DigestStr(), Formats: formats, Identity: s.key.identity, Verified: true}
	total := 0
	for _, a := range work {
		n, err := s.attach(ctx, r, a, formats)
		if err != nil {
			return nil, 0, err
		}
		total += n
		for _, c := range a.claims {
			if c.predicateType != signType && !slices.Contains(signature.Predicates, c.predicateType) {
				signature.Predicates = append(signature.Predicates, c.predicateType)
			}
		}
	}
	s.options.Log.InfoContext(ctx, "signed", "image", image.Name(), "formats", formats, "attested", signature.Predicates)
	return signature, total, nil
}

// attach makes sure that every wanted signature and attestation is attached to a
// digest and verifies. It returns how many there are.
func (s *Stage) attach(ctx context.Context, r client, a attachment, formats []string) (int, error) {
	before, err := gather(ctx, r, a.digest, s.key.verifier)
	if err != nil {
		return 0, err
	}
	w := writer{
		registry: r, key: s.key, digest: a.digest, now: s.options.Now(),
		creator: s.options.Tool.Name + " " + s.options.Tool.Version,
	}
	var wanted []proof
	for _, c := range a.claims {
		for _, format := range formats {
			p, err := w.write(ctx, format, before, c)
			if err != nil {
				return 0, err
			}
			wanted = append(wanted, p)
		}
	}
	after, err := gather(ctx, r, a.digest, s.key.verifier)
	if err != nil {
		return 0, err
	}
	return len(wanted), after.holds(wanted)
}

// write attaches a claim in one format, unless it is attached already, and
// returns what has to be found there afterwards.
func (w writer) write(ctx context.Context, format string, before evidence, c claim) (proof, error) {
	p, found, superseded := before.find(format, c, w.now)
	if found {
		return p, nil
	}
	statement, err := c.at(w.now)
	if err == nil && c.artifact != nil {
		err = w.artifact(ctx, *c.artifact)
	}
	if err != nil {
		return proof{}, err
	}
	switch {
	case format == formatBundle:
		err = w.bundle(ctx, c.predicateType, statement)
	case c.predicateType == signType:
		return proof{format: format, predicateType: simpleType}, w.simple(ctx)
	default:
		err = w.attest(ctx, c.predicateType, statement, superseded)
	}
	return proof{format: format, predicateType: c.predicateType, payload: statement}, err
}

// find returns the proof that makes a claim already and is young enough, or
// else the layers of older attestations that a new one supersedes.
func (e evidence) find(format string, c claim, now time.Time) (_ proof, found bool, superseded []v1.Hash) {
	for _, p := range e.proofs {
		switch {
		case p.format != format:
		case c.predicateType == signType && p.signature():
			return p, true, nil
		case c.predicateType != p.predicateType:
		case c.repeats(p.payload) && (c.timeless || young(saidAt(p.payload), now)):
			return p, true, nil
		default:
			superseded = append(superseded, p.layer)
		}
	}
	return proof{}, false, superseded
}

// young reports whether a time is past, but not long past.
func young(t, now time.Time) bool { return !t.After(now) && now.Sub(t) < renewAfter }

// holds returns an error unless each wanted proof is there. A nil payload
// stands for any.
func (e evidence) holds(wanted []proof) error {
	for _, w := range wanted {
		if !slices.ContainsFunc(e.proofs, func(p proof) bool {
			return p.format == w.format && p.predicateType == w.predicateType &&
				(w.payload == nil || bytes.Equal(p.payload, w.payload))
		}) {
			return fmt.Errorf("what was written could not be verified: %s %s", w.format, w.predicateType)
		}
	}
	return nil
}
