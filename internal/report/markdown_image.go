package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// imagePart is the images of a report.
func (o Options) imagePart(r gate.Report) part {
	p := part{one: "image", many: "images", blocks: imageBlocks(r)}
	if o.Foreign {
		p.many = "images, as the run says"
	}
	return p
}

// imageBlocks returns a card for each image: what it is, what was scanned of
// it, and who signed it, with the commands that verify that.
func imageBlocks(r gate.Report) (blocks []string) {
	for _, image := range r.Images {
		var b strings.Builder
		fmt.Fprintf(&b, "- %s%s%s", code(image.Reference), nextLine, code(image.Digest))
		if image.Base != "" {
			b.WriteString(nextLine + "built on " + code(image.Base))
		}
		b.WriteString("\n\n" + platformTable(image.Platforms))
		if s := image.Signature; s != nil {
			b.WriteString("\n  " + signed(image.Digest, s) + "\n")
			if commands := verifyCommands(image); len(commands) > 0 {
				b.WriteString("\n" + fence("  ", "sh", commands...))
			}
		}
		blocks = append(blocks, b.String())
	}
	return blocks
}

func platformTable(platforms []gate.Platform) string {
	if len(platforms) == 0 {
		return "  no platform was scanned\n"
	}
	var b strings.Builder
	b.WriteString("  | platform | verdict | operating system | packages |\n  | --- | --- | --- | ---: |\n")
	for _, p := range platforms {
		fmt.Fprintf(&b, "  | %s | %s %s | %s | %s |\n", tableCode(p.Name), sign(p.Verdict), p.Verdict,
			tableCode(cmp.Or(p.Reason, p.OS, "no operating system recognised")), packageCount(p))
	}
	for _, p := range platforms {
		for _, line := range ledger(p) {
			fmt.Fprintf(&b, "\n  %s: %s\n", code(p.Name), code(line))
		}
	}
	return b.String()
}

// signed says what was signed, whether it is what was scanned, and by whom.
func signed(scanned string, s *gate.Signature) string {
	out := "signature not verified"
	if s.Verified {
		out = "signature verified"
	}
	if scanned != s.Digest || scanned == "" {
		return out + ", scanned != signed: " + code(s.Digest)
	}
	out += ", scanned == signed"
	if s.Identity != "" {
		out += ", by " + code(s.Identity)
	}
	return out
}

var (
	repositoryName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)*$`)
	sha256Digest   = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

// verifyCommands are the commands that verify the signature of an image, by
// digest; none where it was not verified here or is not of what was scanned.
// They hold only names that a shell reads as what they are: whoever copies them
// runs nothing else. The public key is whoever's who signs, in cosign.pub.
func verifyCommands(image gate.Image) []string {
	s := image.Signature
	repository, _, _ := strings.Cut(image.Reference, "@")
	if i := strings.LastIndex(repository, ":"); i > strings.LastIndex(repository, "/") {
		repository = repository[:i]
	}
	local := slices.ContainsFunc([]string{"oci:", "tar:", "docker:"}, func(kind string) bool {
		return strings.HasPrefix(image.Reference, kind)
	})
	if s == nil || local || !s.Verified || s.Digest != image.Digest ||
		!repositoryName.MatchString(repository) || !sha256Digest.MatchString(image.Digest) {
		return nil
	}
	subject := repository + "@" + image.Digest
	return []string{
		"portcullis verify --key cosign.pub " + subject,
		"cosign verify --key cosign.pub --insecure-ignore-tlog " + subject, // a key's signature is in no log
	}
}
