package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

type pageImage struct {
	Reference, Digest, Base string
	Platforms               []pagePlatform
	Signature               *pageSignature
}

type pagePlatform struct {
	Name, Verdict, Sign, System, Packages, Digest string
	Ledger                                        []string
}

type pageSignature struct {
	Class, Sign, Title string
	Verify             string // commands that verify it, a line each
	Facts              []fact
}

func pageImageOf(image gate.Image) pageImage {
	p := pageImage{Reference: Terminal(image.Reference), Digest: Terminal(image.Digest), Base: Terminal(image.Base)}
	for _, platform := range image.Platforms {
		p.Platforms = append(p.Platforms, pagePlatform{
			Name: Terminal(platform.Name), Verdict: platform.Verdict.String(), Sign: sign(platform.Verdict),
			System:   Terminal(cmp.Or(platform.Reason, platform.OS, "no operating system recognised")),
			Packages: packageCount(platform), Digest: Terminal(platform.Digest),
		})
		for _, line := range ledger(platform) {
			shown := &p.Platforms[len(p.Platforms)-1]
			shown.Ledger = append(shown.Ledger, Terminal(line))
		}
	}
	if image.Signature != nil {
		p.Signature = pageSignatureOf(image.Digest, image.Signature)
		p.Signature.Verify = strings.Join(verifyCommands(image), "\n")
	}
	return p
}

// pageSignatureOf says whether what was signed is what was scanned, and whether
// the signature was verified. Only both together look good.
func pageSignatureOf(scanned string, s *gate.Signature) *pageSignature {
	p := &pageSignature{Class: gate.Failed.String(), Sign: sign(gate.Failed)}
	equal := s.Digest == scanned && scanned != ""
	switch {
	case equal && s.Verified:
		p.Class, p.Sign, p.Title = gate.Passed.String(), sign(gate.Passed), "Signed and verified: scanned == signed"
	case equal:
		p.Title = "Signature not verified"
	default:
		p.Title = fmt.Sprintf("Signed is not what was scanned: scanned != signed, %s", verified(s))
	}
	p.Facts = known([]fact{
		{Name: "digest", Value: s.Digest}, {Name: "by", Value: s.Identity}, {Name: "format", Value: strings.Join(s.Formats, ", ")},
		{Name: "attested", Value: strings.Join(s.Predicates, ", ")},
	})
	return p
}

// verified says whether a signature was checked after it was made.
func verified(s *gate.Signature) string {
	if s.Verified {
		return "verified"
	}
	return "not verified"
}
