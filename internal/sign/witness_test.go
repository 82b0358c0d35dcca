package sign

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The stock cosign v2 command line tool is the outside witness: it verifies
// what portcullis signed, portcullis verifies what it signed, and each tells
// the other's wrong key. COSIGN_WITNESS is the path of the program:
//
//	go install github.com/sigstore/cosign/v2/cmd/cosign@v2.6.5
func TestCosignWitness(t *testing.T) {
	program := os.Getenv("COSIGN_WITNESS")
	if program == "" {
		t.Skip("COSIGN_WITNESS is not set to the path of a cosign v2 program")
	}
	w := newWorld(t)
	public := filepath.Join(t.TempDir(), "cosign.pub")
	w.write(public, []byte(w.public))
	_, stranger, err := GenerateKey(nil)
	w.check(err)
	wrong := filepath.Join(t.TempDir(), "wrong.pub")
	w.write(wrong, stranger)
	// A key needs no trusted root; without a file cosign would fetch one.
	root := filepath.Join(t.TempDir(), "root.json")
	w.write(root, []byte(`{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`))
	cosign := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Env = []string{"HOME=" + t.TempDir(), "COSIGN_PASSWORD=" + string(password)}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for format, flag := range map[string]string{"bundle": "--new-bundle-format=true", "legacy": "--new-bundle-format=false"} {
		t.Run(format, func(t *testing.T) {
			image := w.pushIndex("shop-" + format)
			o := w.options()
			o.Format, o.Attest = format, []string{"vsa", "vuln"}
			w.mustSign(o, passed(image))
			verify := []string{"verify", flag, "--trusted-root", root, "--insecure-ignore-tlog", "--key"}
			attested := []string{"verify-attestation", flag, "--trusted-root", root, "--insecure-ignore-tlog", "--type"}
			for _, args := range [][]string{
				append(verify, public),
				append(attested, "vuln", "--key", public),
				append(attested, vsaType, "--key", public),
			} {
				if out, err := cosign(append(args, image.Reference)...); err != nil || !strings.Contains(out, "The signatures were verified against the specified public key") {
					t.Errorf("cosign %s: %v\n%s", strings.Join(args, " "), err, out)
				}
			}
			for _, args := range [][]string{
				append(verify, wrong),
				append(attested, "vuln", "--key", wrong),
				append(attested, "slsaprovenance1", "--key", public),
			} {
				if out, err := cosign(append(args, image.Reference)...); err == nil || !strings.Contains(out, "Error: no") {
					t.Errorf("cosign %s: %v\n%s", strings.Join(args, " "), err, out)
				}
			}

			for kind, sbom := range map[string]string{"cyclonedx": "cyclonedx", "spdxjson": "spdx"} {
				bill := w.pushIndex("bill-" + kind + "-" + format)
				o := o
				described(&o, &bill, sbom, 0)
				w.mustSign(o, passed(bill))
				args := append(attested, kind, "--key", public)
				for _, p := range bill.Platforms[:2] {
					if out, err := cosign(append(args, w.host+"/bill-"+kind+"-"+format+"@"+p.Digest)...); err != nil || !strings.Contains(out, "The signatures were verified against the specified public key") {
						t.Errorf("cosign %s of %s: %v\n%s", strings.Join(args, " "), p.Name, err, out)
					}
				}
				if out, err := cosign(append(args, bill.Reference)...); err == nil {
					t.Errorf("the index has an SBOM: %s", out)
				}
			}

			theirs := w.push("theirs-" + format)
			out, err := cosign("sign", flag, "--yes", "--tlog-upload=false", "--key", w.private, w.host+"/theirs-"+format+"@"+theirs.Digest)
			if err != nil {
				t.Fatalf("cosign sign: %v\n%s", err, out)
			}
			if got, err := Verify(t.Context(), w.verify(theirs.Reference)); err != nil || got.Formats[0] != format {
				t.Errorf("signed by cosign: %+v, %v", got, err)
			}
			w.writes()
			o.Attest = nil
			w.mustSign(o, passed(theirs))
			if got := w.writes(); len(got) > 0 {
				t.Errorf("signed again after cosign: %v", got)
			}
		})
	}
}
