package policy

import (
	"slices"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// twins are the rules of several origins that say the same.
var twins = map[string][]string{
	"PC1001": {"pss/privileged"},
	"PC1002": {"pss/hostNamespaces"},
	"PC1003": {"pss/runAsNonRoot", "pss/runAsUser"},
	"PC1301": {"pss/hostPathVolumes", "pss/restrictedVolumes"},
}

// linkTwins makes findings name each other where twins report one line of an
// object.
func linkTwins(findings []gate.Finding) {
	type place struct {
		path, object string
		line         int
		rule         string
	}
	at := map[place][]int{}
	for i, f := range findings {
		p := place{path: f.Path, object: f.Object, line: f.Line, rule: f.Rule}
		at[p] = append(at[p], i)
	}
	for i, f := range findings {
		for _, twin := range twins[f.Rule] {
			for _, j := range at[place{path: f.Path, object: f.Object, line: f.Line, rule: twin}] {
				name(&findings[i], twin)
				name(&findings[j], f.Rule)
			}
		}
	}
}

// name makes a finding name another rule, once.
func name(f *gate.Finding, rule string) {
	if !slices.Contains(f.Also, rule) {
		f.Also = append(f.Also, rule)
		slices.Sort(f.Also)
	}
}
