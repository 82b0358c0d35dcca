package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// unreadableShown is how many of the files that could not be read are named.
const unreadableShown = 3

// ledger says, in a line each, what a platform consists of beyond its number of
// packages: "alpine 14, npm 4", "not read: app/a.jar", "SBOM: out/a.cdx.json". The
// strings are raw.
func ledger(p gate.Platform) []string {
	var out []string
	if len(p.Ecosystems) > 1 {
		names := slices.SortedFunc(maps.Keys(p.Ecosystems), func(a, b string) int {
			return cmp.Or(cmp.Compare(p.Ecosystems[b], p.Ecosystems[a]), cmp.Compare(a, b))
		})
		for i, name := range names {
			names[i] = fmt.Sprintf("%s %d", name, p.Ecosystems[name])
		}
		out = append(out, strings.Join(names, ", "))
	}
	if n := len(p.Unreadable); n > 0 {
		text := "not read: " + strings.Join(p.Unreadable[:min(n, unreadableShown)], ", ")
		if n > unreadableShown {
			text += fmt.Sprintf(" and %d more", n-unreadableShown)
		}
		out = append(out, text)
	}
	if n := len(p.Unchecked); n > 0 {
		text := fmt.Sprintf("%s not checked, nothing tells what they consist of: ", plural(n, "program", "programs"))
		if n == 1 {
			text = "1 program not checked, nothing tells what it consists of: "
		}
		text += strings.Join(p.Unchecked[:min(n, unreadableShown)], ", ")
		if n > unreadableShown {
			text += fmt.Sprintf(" and %d more", n-unreadableShown)
		}
		out = append(out, text)
	}
	if p.SBOM != nil {
		out = append(out, "SBOM: "+cmp.Or(p.SBOM.File, p.SBOM.Format+" "+p.SBOM.Digest))
	}
	return out
}

// packageCount is how many packages a platform has; "" for one that was left out,
// of which nobody counted any.
func packageCount(p gate.Platform) string {
	if p.Verdict == gate.Skipped {
		return ""
	}
	return grouped(p.Packages)
}

// waiver says why a finding does not count; "" if no file says so.
func waiver(f gate.Finding) string {
	if f.Status != gate.Waived || f.Waiver == nil {
		return ""
	}
	w := *f.Waiver
	text := "waived by " + w.Source
	if w.Line > 0 {
		text += fmt.Sprintf(":%d", w.Line)
	}
	if w.Expires != "" {
		text += " until " + w.Expires
	}
	if w.Owner != "" {
		text += ", owner " + w.Owner
	}
	return text + ": " + cmp.Or(w.Justification, "no reason given")
}

// scored is the score of a vulnerability: "9.8, nvd, CVSS:3.1/AV:N/…"; "" without
// one.
func scored(f gate.Finding) string {
	if f.CVSS == nil {
		return ""
	}
	return fmt.Sprintf("%.1f, %s, %s", f.CVSS.Score, f.CVSS.Source, f.CVSS.Vector)
}
