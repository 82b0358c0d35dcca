package scan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/types"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// ledger writes down what a platform has and what could not be read of it.
func ledger(p *gate.Platform, s scanned) {
	p.OS, p.Packages, p.SBOM = osName(s.report), packages(s.report), s.bom
	p.Ecosystems, p.Unreadable, p.Unchecked = ecosystems(s.report), s.unreadable, s.unchecked
}

// ecosystems counts the packages by where they come from; nil if there are none.
func ecosystems(report types.Report) map[string]int {
	var counts map[string]int
	for _, r := range report.Results {
		name := cmp.Or(ecosystem(r.Type), string(r.Type))
		if len(r.Packages) == 0 {
			continue
		}
		if counts == nil {
			counts = map[string]int{}
		}
		counts[name] += len(r.Packages)
	}
	return counts
}

// unversioned notes the packages that were not compared with any advisory,
// because nobody knows which version they are.
func unversioned(report types.Report) []string {
	const shown = 5
	var notes []string
	for _, r := range report.Results {
		var names []string
		for _, p := range r.Packages {
			own := p.Relationship == ftypes.RelationshipRoot || p.Relationship == ftypes.RelationshipWorkspace
			if own && r.Type != ftypes.GoBinary {
				continue // what the file is about
			}
			if p.Version == "" && !slices.Contains(names, p.Name) {
				names = append(names, p.Name)
			}
		}
		n := len(names)
		if n == 0 {
			continue
		}
		slices.Sort(names)
		if n > shown {
			names = append(names[:shown], "…")
		}
		notes = append(notes, fmt.Sprintf("%s packages without a version were not checked: %s (%d)", r.Type, strings.Join(names, ", "), n))
	}
	return notes
}

// pathsIn returns what looks like a path of a file in a text.
func pathsIn(text string) []string {
	var paths []string
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\n\"'`(),;", r) }) {
		word = strings.TrimRight(word, ":.")
		if strings.Contains(strings.Trim(word, "/"), "/") && !strings.Contains(word, "://") {
			paths = append(paths, strings.TrimLeft(word, "/"))
		}
	}
	return paths
}

// ofOthers notes the packages of an operating system that are not its vendor's.
func ofOthers(report types.Report) []string {
	var names []string
	for _, r := range report.Results {
		for _, p := range r.Packages {
			if r.Class == types.ClassOSPkg && p.Repository.Class == ftypes.RepositoryClassThirdParty && p.Name != "gpg-pubkey" {
				names = append(names, p.Name+" "+p.Version)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("packages that are not of %s were not checked, its advisories are not about them: %s",
		osName(report), few(slices.Sorted(slices.Values(names))))}
}
