package scan

import (
	"testing"

	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/types"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/package-url/packageurl-go"
)

// TestR58OutcomeIsKeptOnlyIfItIsReadAsItWas keeps outcomes with packages whose
// names somebody chose.
func TestR58OutcomeIsKeptOnlyIfItIsReadAsItWas(t *testing.T) {
	for name, test := range map[string]struct {
		pkg  ftypes.Package
		kept bool
	}{
		"plain":           {ftypes.Package{Name: "a", Identifier: ftypes.PkgIdentifier{PURL: &packageurl.PackageURL{Type: "npm", Name: "a"}}}, true},
		"no UTF-8":        {ftypes.Package{Name: "a\xff"}, false},
		"no package URL":  {ftypes.Package{Name: "a", Identifier: ftypes.PkgIdentifier{PURL: &packageurl.PackageURL{Type: "npm"}}}, false},
		"dots in a URL":   {ftypes.Package{Name: "..", Identifier: ftypes.PkgIdentifier{PURL: &packageurl.PackageURL{Type: "npm", Namespace: "../..", Name: "a"}}}, true},
		"letters of HTML": {ftypes.Package{Name: "<a>&"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			on, _ := newShelf(t)
			r := &results{shelf: on, loaded: map[v1.Hash][]byte{}}
			err := r.put(v1.Hash{Hex: "1"}, "", outcome{Report: types.Report{Results: types.Results{{Packages: ftypes.Packages{test.pkg}}}}})
			if kept := r.has(v1.Hash{Hex: "1"}, func() string { return "" }); kept != test.kept || kept != (err == nil) {
				t.Errorf("kept: %t, %v", kept, err)
			}
		})
	}
}
