package scan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
)

// describe names the packages and what to do about them.
func describe(rule string, packages []gate.Package, subject image.Subject) (message, hint string) {
	var names, fixed []string
	for _, p := range packages {
		names = append(names, p.Name+" "+p.Installed)
		if p.Fixed != "" && !slices.Contains(fixed, p.Fixed) {
			fixed = append(fixed, p.Fixed)
		}
	}
	verb := "has"
	if len(names) > 1 {
		verb = "have"
	}
	message = fmt.Sprintf("%s %s %s", strings.Join(names, ", "), verb, rule)
	switch {
	case len(fixed) == 0:
		return message + ", no fixed version is known", "remove the package if it is not needed, or waive the finding with a reason"
	case subject.Ecosystem == "" && subject.Origin.Path != "" && !subject.Origin.Inherited:
		hint = "let this instruction bring a fixed version"
	case subject.Ecosystem == "":
		hint = "use a newer base image, or upgrade the package when the image is built"
	default:
		hint = fmt.Sprintf("upgrade %s to %s", packages[0].Name, nearest(packages[0]))
	}
	return message + ", fixed in " + strings.Join(fixed, " or "), hint
}

// nearest is the fixed version that has most in common with the installed one:
// advisories list one for each line of releases, "1.2.6, 0.2.4".
func nearest(p gate.Package) string {
	best, most := "", -1
	for version := range strings.SplitSeq(p.Fixed, ",") {
		version = strings.TrimSpace(version)
		same := 0
		for same < min(len(version), len(p.Installed)) && version[same] == p.Installed[same] {
			same++
		}
		if same > most {
			best, most = version, same
		}
	}
	return best
}
