package scan_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// TestR07ForgedDiffIDPoisonsNothing scans an image whose configuration names the
// layer of another one, and then that.
func TestR07ForgedDiffIDPoisonsNothing(t *testing.T) {
	victim := imageOf(t, system(t, "3.22.1", []string{"musl 1.2.5-r8 musl"}, nil), amd64)
	forged := forgedImage{Image: imageOf(t, system(t, "3.22.1", []string{"musl 1.2.5-r10 musl"}, nil), amd64), as: victim}
	alone, _ := run(t, keeping(t, store(t, victim)))
	o := keeping(t, store(t, forged))
	if s, _ := run(t, o); s.Verdict != gate.Error || !strings.Contains(s.Error, "unpacks to") {
		t.Fatalf("%s: %s", s.Verdict, s.Error)
	}
	o.Images = []string{store(t, victim)}
	after, _ := run(t, o)
	if got, want := len(after.Findings), len(alone.Findings); got != want || want == 0 || after.Verdict != alone.Verdict {
		t.Errorf("%s with %d findings, want %s with %d", after.Verdict, got, alone.Verdict, want)
	}
}

// A forgedImage has the configuration of another one.
type forgedImage struct {
	v1.Image
	as v1.Image
}

func (f forgedImage) ConfigName() (v1.Hash, error)        { return f.as.ConfigName() }
func (f forgedImage) RawConfigFile() ([]byte, error)      { return f.as.RawConfigFile() }
func (f forgedImage) ConfigFile() (*v1.ConfigFile, error) { return f.as.ConfigFile() }
func (f forgedImage) Manifest() (*v1.Manifest, error) {
	m, err := f.Image.Manifest()
	if err != nil {
		return nil, err
	}
	other, err := f.as.Manifest()
	if err != nil {
		return nil, err
	}
	m = m.DeepCopy()
	m.Config = other.Config
	return m, nil
}
func (f forgedImage) RawManifest() ([]byte, error) {
	m, err := f.Manifest()
	if err != nil {
		return nil, err
	}
	return json.Marshal(m)
}
func (f forgedImage) Digest() (v1.Hash, error) {
	raw, err := f.RawManifest()
	if err != nil {
		return v1.Hash{}, err
	}
	h, _, err := v1.SHA256(bytes.NewReader(raw))
	return h, err
}
func (f forgedImage) Size() (int64, error) {
	raw, err := f.RawManifest()
	return int64(len(raw)), err
}
