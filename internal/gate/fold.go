package gate

import "slices"

// Ranked returns findings as people read and count them: sorted by
// [CompareRank], and what is one fault merged as [Fold] does. They are those of
// the lists, not copies: a report may have hundreds of thousands.
func Ranked(lists ...[]Finding) []*Finding {
	var all []*Finding
	for _, list := range lists {
		all = append(all, pointers(list)...)
	}
	slices.SortStableFunc(all, compareRank)
	return merge(all)
}

// Fold merges what people read and count as one fault, into the first finding
// of it: findings that name each other in Also, and the same fault of a line in
// several images, or in the workspace and in an image. What is waived by one of
// its rules only counts all the same. The input must be sorted.
func Fold(findings []Finding) []Finding {
	merged := merge(pointers(findings))
	folded := make([]Finding, len(merged))
	for i, f := range merged {
		folded[i] = *f
	}
	return folded
}

func pointers(findings []Finding) []*Finding {
	all := make([]*Finding, len(findings))
	for i := range findings {
		all[i] = &findings[i]
	}
	return all
}

// merge is Fold in place of the list; what it changes of a finding it changes in
// a copy.
func merge(findings []*Finding) []*Finding {
	type place struct {
		path   string
		line   int
		object string
	}
	alone := func(f *Finding) bool { return len(f.Also) == 0 && f.Image == "" }
	if !slices.ContainsFunc(findings, func(f *Finding) bool { return !alone(f) }) {
		return findings
	}
	folded := findings[:0]
	last := make(map[place]int, len(findings)) // 1 + an index into folded
	var before []int                           // the same, of the one before it at its place
	for _, f := range findings {
		p := place{path: f.Path, line: f.Line, object: f.Object}
		same := 0
		for i := last[p]; i > 0; i = before[i-1] {
			if twins(folded[i-1], f) {
				same = i // the first of them
			}
		}
		if same == 0 {
			folded, before = append(folded, f), append(before, last[p])
			last[p] = len(folded)
			continue
		}
		first := &folded[same-1]
		if (*first).Status == Waived && f.Status != Waived {
			*first, f = f, *first
		}
		if (*first).Image == "" && f.Image != "" {
			c := **first
			c.Image, c.Platforms = f.Image, f.Platforms
			*first = &c
		}
	}
	clear(findings[len(folded):])
	return folded
}

// twins reports whether two findings of one object on one line are one fault.
func twins(a, b *Finding) bool {
	return slices.Contains(a.Also, b.Rule) ||
		a.Rule == b.Rule && a.Image != b.Image && a.Line > 0 && slices.EqualFunc(a.Packages, b.Packages, samePackage)
}

// samePackage leaves out what is known of a package in some places only.
func samePackage(a, b Package) bool {
	a.PURL, b.PURL = "", ""
	return a == b
}
