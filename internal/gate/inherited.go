package gate

import (
	"fmt"
	"slices"
)

// FoldInherited makes one finding of those that one line brought in with a base
// image, for each severity and status: nobody mends them one by one. It stands
// where the first of them stood, names the worst and says how many they are. Only
// lists for people are folded so; every count counts each.
func FoldInherited(findings []*Finding) []*Finding {
	type group struct {
		path     string
		line     int
		image    string
		severity Severity
		status   Status
	}
	members := map[group][]*Finding{}
	key := func(f *Finding) group {
		return group{path: f.Path, line: f.Line, image: f.Image, severity: f.Severity, status: f.Status}
	}
	for _, f := range findings {
		if f.Inherited {
			members[key(f)] = append(members[key(f)], f)
		}
	}
	if len(members) == 0 {
		return findings
	}
	folded := make([]*Finding, 0, len(findings))
	for _, f := range findings {
		if !f.Inherited {
			folded = append(folded, f)
			continue
		}
		switch all := members[key(f)]; {
		case len(all) == 1:
			folded = append(folded, f)
		case len(all) > 1:
			folded = append(folded, fold(all))
			members[key(f)] = nil // and none for the others
		}
	}
	return folded
}

// fold makes one finding of several of a base image.
func fold(all []*Finding) *Finding {
	worst := slices.MaxFunc(all, func(a, b *Finding) int { return compareScore(a.CVSS, b.CVSS) })
	f := *worst
	f.Packages, f.Platforms, f.Also = nil, nil, nil
	var names []string
	fixable := 0
	for _, one := range all {
		for _, p := range one.Packages {
			if !slices.Contains(f.Packages, p) {
				f.Packages = append(f.Packages, p)
			}
			if !slices.Contains(names, p.Name) {
				names = append(names, p.Name)
			}
		}
		f.Platforms = append(f.Platforms, one.Platforms...)
		if slices.ContainsFunc(one.Packages, func(p Package) bool { return p.Fixed != "" }) {
			fixable++
		}
	}
	slices.Sort(f.Platforms)
	f.Platforms = slices.Compact(f.Platforms)
	of := fmt.Sprintf("%d packages", len(names))
	if len(names) == 1 {
		of = names[0]
	}
	f.Object = of
	f.Message = fmt.Sprintf("the base image brings %d vulnerabilities of %s, %d with a fixed version; the worst: %s", len(all), of, fixable, worst.Message)
	return &f
}

// compareScore orders scores; none is the least.
func compareScore(a, b *CVSS) int {
	score := func(c *CVSS) float64 {
		if c == nil {
			return -1
		}
		return c.Score
	}
	switch x, y := score(a), score(b); {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
