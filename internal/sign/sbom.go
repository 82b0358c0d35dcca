package sign

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// The types of SBOMs, as predicates and as artifacts.
const (
	cycloneDXType  = "https://cyclonedx.org/bom"
	cycloneDXMedia = "application/vnd.cyclonedx+json"
	spdxType       = "https://spdx.dev/Document"
	spdxMedia      = "application/spdx+json"
)

// inline is the size up to which an SBOM is part of its attestation. Transparency
// logs refuse large entries: above it, the attestation names the SBOM by digest,
// and the SBOM itself is an artifact beside it.
const inline = 1 << 20

// An artifact is something that an attestation names by digest.
type artifact struct {
	mediaType string
	content   []byte
}

// An attachment is what is to be attached to one digest.
type attachment struct {
	digest name.Digest
	claims []claim
}

// boms returns the claim that each platform of an image consists of what its
// SBOM lists. Each is about the manifest of the platform and not about the index.
func (s *Stage) boms(image gate.Image, digest name.Digest) ([]attachment, error) {
	var all []attachment
	for _, p := range image.Platforms {
		if p.Verdict != gate.Passed {
			continue
		}
		c, err := s.bom(p, digest.Context())
		if err != nil {
			return nil, fmt.Errorf("the SBOM of %s %s: %w", image.Reference, p.Name, err)
		}
		all = append(all, attachment{digest: digest.Context().Digest(p.Digest), claims: []claim{c}})
	}
	return all, nil
}

func (s *Stage) bom(p gate.Platform, repo name.Repository) (claim, error) {
	var content []byte
	ok := false
	if s.options.SBOM != nil && p.SBOM != nil {
		content, ok = s.options.SBOM(p.Digest)
	}
	sum := sha256.Sum256(content)
	switch digest := "sha256:" + hex.EncodeToString(sum[:]); {
	case !ok:
		return claim{}, fmt.Errorf("the scan made none")
	case digest != p.SBOM.Digest:
		return claim{}, fmt.Errorf("it is %s, and the report has %s", digest, p.SBOM.Digest)
	}
	c := claim{predicateType: cycloneDXType, timeless: true}
	media, short := cycloneDXMedia, shortCycloneDX
	if p.SBOM.Format == "spdx" {
		c.predicateType, media, short = spdxType, spdxMedia, shortSPDX
	}
	predicate := json.RawMessage(content)
	if len(content) > inline {
		c.artifact = &artifact{mediaType: media, content: content}
		var err error
		if predicate, err = short(content, "oci://"+repo.Digest(p.SBOM.Digest).Name(), hex.EncodeToString(sum[:])); err != nil {
			return claim{}, err
		}
	}
	said, err := json.Marshal(statement[json.RawMessage]{
		Type:          statementType,
		Subject:       []subject{{Name: repo.Name() + "#" + p.Name, Digest: map[string]string{"sha256": digestHex(p.Digest)}}},
		PredicateType: c.predicateType,
		Predicate:     predicate,
	})
	c.at = func(time.Time) ([]byte, error) { return said, nil }
	return c, err
}

// shortCycloneDX returns a document that names another one by its place and
// digest.
func shortCycloneDX(content []byte, place, sum string) (json.RawMessage, error) {
	var bom map[string]any
	if err := json.Unmarshal(content, &bom); err != nil {
		return nil, fmt.Errorf("parsing an SBOM: %w", err)
	}
	return json.Marshal(map[string]any{
		"bomFormat": bom["bomFormat"], "specVersion": bom["specVersion"], "version": 1, "metadata": bom["metadata"],
		"externalReferences": []any{map[string]any{
			"type": "bom", "url": place, "hashes": []any{map[string]any{"alg": "SHA-256", "content": sum}},
		}},
	})
}

// shortSPDX does the same as [shortCycloneDX].
func shortSPDX(content []byte, place, sum string) (json.RawMessage, error) {
	var doc map[string]any
	if err := json.Unmarshal(content, &doc); err != nil {
		return nil, fmt.Errorf("parsing an SBOM: %w", err)
	}
	return json.Marshal(map[string]any{
		"spdxVersion": doc["spdxVersion"], "dataLicense": doc["dataLicense"], "SPDXID": doc["SPDXID"], "name": doc["name"],
		"documentNamespace": fmt.Sprint(doc["documentNamespace"], "-reference"), "creationInfo": doc["creationInfo"],
		"externalDocumentRefs": []any{map[string]any{
			"externalDocumentId": "DocumentRef-sbom", "spdxDocument": place,
			"checksum": map[string]any{"algorithm": "SHA256", "checksumValue": sum},
		}},
	})
}

// named returns the digest of the SBOM that an attestation names instead of
// holding it; "" if it holds it.
func named(payload []byte) (digest string, err error) {
	var s statement[struct {
		BOMFormat, SPDXVersion string
		ExternalReferences     []struct {
			Type, URL string
		}
		ExternalDocumentRefs []struct{ SPDXDocument string }
	}]
	if err := json.Unmarshal(payload, &s); err != nil {
		return "", fmt.Errorf("%w: an SBOM: %w", ErrAttestation, err)
	}
	p := s.Predicate
	var places []string
	for _, r := range p.ExternalReferences {
		if r.Type == "bom" {
			places = append(places, r.URL)
		}
	}
	for _, r := range p.ExternalDocumentRefs {
		places = append(places, r.SPDXDocument)
	}
	switch {
	case p.BOMFormat != "CycloneDX" && !strings.HasPrefix(p.SPDXVersion, "SPDX-"):
		return "", fmt.Errorf("%w: what is attested as an SBOM is none", ErrAttestation)
	case len(places) == 0:
		return "", nil
	}
	_, digest, _ = strings.Cut(places[0], "@")
	return digest, nil
}
