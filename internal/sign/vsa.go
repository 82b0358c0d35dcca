package sign

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// verifierID names this program in what it attests. It is a name and not an
// address; whose gate it was is said by the key.
const verifierID = "https://github.com/portcullis-ci/portcullis"

// A summary is a SLSA verification summary: the image was held against a policy
// and passed. Checks is our own part of it.
type summary struct {
	Verifier struct {
		ID      string            `json:"id"`
		Version map[string]string `json:"version"`
	} `json:"verifier"`
	TimeVerified       time.Time `json:"timeVerified"`
	ResourceURI        string    `json:"resourceUri"`
	Policy             policy    `json:"policy"`
	VerificationResult string    `json:"verificationResult"`
	// VerifiedLevels are levels of SLSA's build track, which the gate does not look at.
	VerifiedLevels []string `json:"verifiedLevels"`
	Checks         *checks  `json:"portcullis,omitempty"`
}

type policy struct {
	URI    string            `json:"uri"`
	Digest map[string]string `json:"digest"`
}

// checks says exactly what was checked, and with what.
type checks struct {
	Schema    int              `json:"schema"` // that of the report
	Context   gate.Context     `json:"context"`
	Threshold gate.Severity    `json:"threshold"`
	Stages    []stageSummary   `json:"stages"`
	Platforms []gate.Platform  `json:"platforms"`
	Waivers   []waived         `json:"waivers"`
	Used      *gate.Provenance `json:"provenance"`
}

type stageSummary struct {
	Name     string       `json:"name"`
	Verdict  gate.Verdict `json:"verdict"`
	Reason   string       `json:"reason,omitempty"` // why it was skipped
	Checked  gate.Checked `json:"checked"`
	Findings counts       `json:"findings"`
	// Digest is the hash of the stage's findings as the JSON report holds them.
	Digest string `json:"findingsDigest"`
}

// counts holds the findings of a stage that were not waived, and those that were.
type counts struct {
	Critical int `json:"critical"`
	High     int `json:"high"`
	Medium   int `json:"medium"`
	Low      int `json:"low"`
	Unknown  int `json:"unknown"`
	Waived   int `json:"waived"`
}

type waived struct {
	Rule        string `json:"rule"`
	Path        string `json:"path,omitempty"`
	Object      string `json:"object,omitempty"`
	Fingerprint string `json:"fingerprint"`
	// Waiver is who waived it and why, where a file says so.
	Waiver *gate.Waiver `json:"waiver,omitempty"`
}

// summarize returns the verification summary of an image that passed.
func summarize(report gate.Report, image gate.Image, digest name.Digest, now time.Time) (summary, error) {
	against, err := policyOf(report.Provenance)
	if err != nil {
		return summary{}, err
	}
	s := summary{
		TimeVerified:       now,
		ResourceURI:        resourceURI(digest),
		Policy:             against,
		VerificationResult: "PASSED",
		VerifiedLevels:     []string{"SLSA_BUILD_LEVEL_UNEVALUATED"},
		Checks: &checks{
			Schema:    report.Schema,
			Context:   report.Context,
			Threshold: report.Threshold,
			Stages:    []stageSummary{},
			Platforms: image.Platforms,
			Waivers:   []waived{},
			Used:      &report.Provenance,
		},
	}
	s.Verifier.ID = verifierID
	s.Verifier.Version = map[string]string{report.Tool.Name: report.Tool.Version}
	for _, stage := range report.Stages {
		sum, err := findingsDigest(stage.Findings)
		if err != nil {
			return summary{}, err
		}
		s.Checks.Stages = append(s.Checks.Stages, stageSummary{
			Name: stage.Name, Verdict: stage.Verdict, Reason: stage.Reason,
			Checked: stage.Checked, Findings: count(stage.Findings), Digest: sum,
		})
		for _, f := range stage.Findings {
			if f.Status == gate.Waived {
				s.Checks.Waivers = append(s.Checks.Waivers, waived{
					Rule: f.Rule, Path: f.Path, Object: f.Object, Fingerprint: f.Fingerprint, Waiver: f.Waiver,
				})
			}
		}
	}
	return s, nil
}

// resourceURI names the image in its registry.
func resourceURI(digest name.Digest) string { return "oci://" + digest.Name() }

// policyOf is what the image was held against: the policies, or where there
// were none, the configuration.
func policyOf(p gate.Provenance) (policy, error) {
	switch {
	case p.Policies != nil && p.Policies.Digest != "":
		return policy{URI: "policies", Digest: map[string]string{"sha256": digestHex(p.Policies.Digest)}}, nil
	case p.Config != nil && p.Config.Digest != "":
		return policy{URI: p.Config.Source, Digest: map[string]string{"sha256": digestHex(p.Config.Digest)}}, nil
	}
	return policy{}, errors.New("attesting vsa: the report names neither policies nor configuration by digest")
}

// findingsDigest ties the summary to every detail of what was found.
func findingsDigest(findings []gate.Finding) (string, error) {
	b, err := json.Marshal(findings)
	if err != nil {
		return "", fmt.Errorf("encoding findings: %w", err)
	}
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// count counts the findings of a stage as people are told of them.
func count(findings []gate.Finding) counts {
	var c counts
	bySeverity := map[gate.Severity]*int{
		gate.Critical: &c.Critical, gate.High: &c.High, gate.Medium: &c.Medium, gate.Low: &c.Low, gate.Unknown: &c.Unknown,
	}
	for _, f := range gate.Fold(findings) {
		if f.Status == gate.Waived {
			c.Waived++
		} else if n, ok := bySeverity[f.Severity]; ok {
			*n++
		}
	}
	return c
}
