package scan

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aquasecurity/trivy/pkg/detector/library"
	"github.com/aquasecurity/trivy/pkg/detector/ospkg"
	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/types"
)

// unjudged are the operating systems that the linked scanner recognises and has no
// advisories for: an image of one is an error.
var unjudged = []ftypes.OSType{
	ftypes.ActiveState,  // only the packages of languages, which are judged
	ftypes.CentOSStream, // no advisories of its own
	ftypes.CoreOS,       // its scanner finds nothing, whatever there is
	ftypes.Fedora,
	ftypes.OpenSUSE, // neither Leap nor Tumbleweed
}

// constants are the values of the constants of a type of the linked Trivy, read
// from its source.
func constants(t *testing.T, typeName string) []ftypes.TargetType {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Dir}}", "github.com/aquasecurity/trivy/pkg/fanal/types").Output()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(out)), "const.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []ftypes.TargetType
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if named, ok := spec.Type.(*ast.Ident); ok && named.Name == typeName && len(spec.Values) == 1 {
			if value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value); err == nil {
				found = append(found, ftypes.TargetType(value))
			}
		}
		return true
	})
	if len(found) < 10 {
		t.Fatalf("%s has the constants %q", typeName, found)
	}
	return found
}

// TestR16EveryOperatingSystemIsCoveredOrListed fails when another version of the
// scanner knows more, or less.
func TestR16EveryOperatingSystemIsCoveredOrListed(t *testing.T) {
	all := constants(t, "OSType")
	if !slices.Equal(slices.Sorted(slices.Values(all)), slices.Sorted(slices.Values(ftypes.OSTypes))) {
		t.Errorf("the scanner lists %q, its constants are %q", ftypes.OSTypes, all)
	}
	for _, family := range all {
		_, covered := osBucket(ftypes.OS{Family: family, Name: "1.2"})
		_, err := ospkg.NewDetector(types.ScanTarget{OS: ftypes.OS{Family: family, Name: "1.2"}})
		judged := err == nil && family != ftypes.CoreOS
		proved := slices.ContainsFunc(kinds, func(k kind) bool { return k.os.Family == family })
		if covered != judged || covered == slices.Contains(unjudged, family) || covered != proved {
			t.Errorf("%s: the scanner has advisories: %v; covered by canaries: %v, with a test: %v", family, judged, covered, proved)
		}
	}
}

// TestR16EveryEcosystemIsCovered compares our table of ecosystems with that of the
// scanner.
func TestR16EveryEcosystemIsCovered(t *testing.T) {
	proved := map[string]bool{}
	for _, k := range kinds {
		proved[ecosystem(k.lang)] = true
	}
	seen := map[string]bool{}
	for _, lang := range constants(t, "LangType") {
		driver, judged := library.NewDriver(lang)
		eco := ecosystem(lang)
		if judged != (eco != "") || judged && driver.Type() != eco {
			t.Errorf("%s: the scanner has advisories of %q (%v), we look for %q", lang, driver.Type(), judged, eco)
		}
		if seen[eco] = true; eco != "" && !proved[eco] {
			t.Errorf("%s: no test draws canaries of %s", lang, eco)
		}
	}
	for eco := range maps.Keys(proved) {
		if !seen[eco] {
			t.Errorf("the scanner does not know %q", eco)
		}
	}
}
