package gate

import "slices"

// Fold merges what people read and count as one fault, into the first finding
// of it: findings that name each other in Also, and the same fault of a line in
// several images, or in the workspace and in an image. What is waived by one of
// its rules only counts all the same. The input must be sorted.
func Fold(findings []Finding) []Finding {
	type place struct {
		path   string
		line   int
		object string
	}
	folded := make([]Finding, 0, len(findings))
	at := map[place][]int{} // indices into folded
	for _, f := range findings {
		p := place{path: f.Path, line: f.Line, object: f.Object}
		same := slices.IndexFunc(at[p], func(i int) bool { return twins(folded[i], f) })
		if same < 0 {
			at[p] = append(at[p], len(folded))
			folded = append(folded, f)
			continue
		}
		first := &folded[at[p][same]]
		if first.Status == Waived && f.Status != Waived {
			*first, f = f, *first
		}
		if first.Image == "" {
			first.Image, first.Platforms = f.Image, f.Platforms
		}
	}
	return folded
}

// twins reports whether two findings of one object on one line are one fault.
func twins(a, b Finding) bool {
	return slices.Contains(a.Also, b.Rule) ||
		a.Rule == b.Rule && a.Image != b.Image && a.Line > 0 && slices.EqualFunc(a.Packages, b.Packages, samePackage)
}

// samePackage leaves out what is known of a package in some places only.
func samePackage(a, b Package) bool {
	a.PURL, b.PURL = "", ""
	return a == b
}
