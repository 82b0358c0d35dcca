package scan

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/types"
	"github.com/package-url/packageurl-go"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// An affected thing is what a vulnerability was found in.
type affected struct {
	id      string   // of the vulnerability
	image   []string // names of the image, and of the program: package URLs, references, digests
	pkg     []string // package URLs; none if it has none
	serial  string   // of the SBOM of the image, which documents may refer to
	version int
}

// A ruling is what a document says of an affected thing.
type ruling struct {
	harmless bool
	why      string
}

// A vexDocument says which vulnerabilities do no harm where.
type vexDocument interface {
	rule(a affected) (ruling, bool)
}

// A vexFile is a document, and whether it said anything of what was found.
type vexFile struct {
	name    string
	doc     vexDocument
	matched bool
}

// vex are the documents of the trusted configuration. Nil has none.
type vex struct {
	files  []*vexFile
	linked bool // one of them refers to an SBOM
	notes  []string
}

// readVEX reads the documents that patterns name, from a tree that no change
// under review can write to.
func readVEX(ctx context.Context, trusted *workspace.Tree, patterns []string) (*vex, error) {
	if len(patterns) == 0 || trusted == nil {
		return nil, nil
	}
	files, err := trusted.Files(ctx)
	if err != nil {
		return nil, fmt.Errorf("looking for VEX files: %w", err)
	}
	v := &vex{}
	var errs []error
	for _, pattern := range patterns {
		found := false
		for _, name := range files {
			if !workspace.Match([]string{pattern}, name) {
				continue
			}
			found = true
			if !slices.ContainsFunc(v.files, func(f *vexFile) bool { return f.name == name }) {
				errs = append(errs, v.read(trusted, name))
			}
		}
		switch {
		case found:
		case strings.ContainsAny(pattern, "*?[{"):
			v.notes = append(v.notes, fmt.Sprintf("scan.vex: no file is called %q", pattern))
		default:
			errs = append(errs, vexError(pattern, errors.New("it is not there")))
		}
	}
	return v, errors.Join(errs...)
}

func (v *vex) read(trusted *workspace.Tree, name string) error {
	raw, err := trusted.ReadFile(name)
	if err != nil {
		return vexError(name, err)
	}
	var kind struct {
		Context   string `json:"@context"`
		BOMFormat string `json:"bomFormat"`
	}
	if err := json.Unmarshal(bytes.TrimPrefix(raw, []byte("\ufeff")), &kind); err != nil {
		return vexError(name, err)
	}
	var doc vexDocument
	switch {
	case strings.HasPrefix(kind.Context, "https://openvex.dev/ns"):
		doc, err = readOpenVEX(raw)
	case kind.BOMFormat == "CycloneDX":
		var linked bool
		doc, linked, err = readCycloneDX(raw)
		v.notes = append(v.notes, withRanges(name, doc)...)
		v.linked = v.linked || linked
	default:
		err = errors.New("it is neither OpenVEX nor CycloneDX")
	}
	if err != nil {
		return vexError(name, err)
	}
	v.files = append(v.files, &vexFile{name: name, doc: doc})
	return nil
}

func vexError(name string, err error) error {
	return &gate.CheckError{
		Location: gate.Location{Path: name}, Err: fmt.Errorf("reading a VEX file: %w", err),
		Hint: "correct the file, or take it out of scan.vex",
	}
}

// waiver returns why a vulnerability does no harm; nil if it may. A document that
// says that it does wins over one that says that it does not.
func (v *vex) waiver(a affected) *gate.Waiver {
	if v == nil {
		return nil
	}
	var waiver *gate.Waiver
	harmful := false
	for _, f := range v.files {
		r, ok := f.doc.rule(a)
		if !ok {
			continue
		}
		f.matched = true
		harmful = harmful || !r.harmless
		if waiver == nil {
			waiver = &gate.Waiver{Justification: r.why, Source: f.name}
		}
	}
	if harmful {
		return nil
	}
	return waiver
}

// said returns what there is to note of the documents after a scan.
func (v *vex) said() []string {
	if v == nil {
		return nil
	}
	notes := v.notes
	for _, f := range v.files {
		if !f.matched {
			notes = append(notes, fmt.Sprintf("%s says nothing of any vulnerability that was found", f.name))
		}
	}
	return notes
}

// imageNames are the names under which a document may speak of a platform of an
// image.
func imageNames(reference, index string, s scanned) []string {
	platform := s.platform.Digest.String()
	names := []string{reference}
	for _, digest := range slices.Compact([]string{platform, index}) {
		names = append(names, digest, strings.TrimPrefix(digest, "sha256:"))
		repository, ok := repositoryOf(reference)
		if !ok {
			continue
		}
		names = append(names, repository+"@"+digest)
		qualifiers := packageurl.Qualifiers{{Key: "repository_url", Value: repository}}
		if arch := s.report.Metadata.ImageConfig.Architecture; digest == platform && arch != "" {
			qualifiers = append(qualifiers, packageurl.Qualifier{Key: "arch", Value: arch})
		}
		last := repository[strings.LastIndexByte(repository, '/')+1:]
		names = append(names, packageurl.NewPackageURL(packageurl.TypeOCI, "", last, digest, qualifiers, "").String())
	}
	return names
}

// waiver asks the documents about a vulnerability of a platform or the
// workspace.
func (t translation) waiver(s scanned, r types.Result, v types.DetectedVulnerability) *gate.Waiver {
	if t.vex == nil {
		return nil
	}
	a := affected{id: v.VulnerabilityID, pkg: packageURLs(r, v, s.report.Metadata.OS), serial: s.serial, version: 1}
	if t.digest != "" {
		a.image = imageNames(t.reference, t.digest, s)
	}
	for _, p := range r.Packages { // what a program is built from is a part of its main module
		if p.Relationship == ftypes.RelationshipRoot && p.Identifier.PURL != nil {
			a.image = append(a.image, p.Identifier.PURL.String())
		}
	}
	return t.vex.waiver(a)
}
