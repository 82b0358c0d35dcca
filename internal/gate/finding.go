package gate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// Layer is one of the four layers of cloud native security (the 4C model).
type Layer string

// The layers.
const (
	Code      Layer = "code"
	Container Layer = "container"
	Cluster   Layer = "cluster"
	Cloud     Layer = "cloud"
)

// Status relates a finding to the base of the change.
type Status uint8

// The statuses. Until something says otherwise a finding is new.
const (
	New Status = iota
	Existing
	Waived
)

var statusNames = []string{"new", "existing", "waived"}

// String returns the lower-case name.
func (s Status) String() string { return name(statusNames, s) }

// MarshalText returns [Status.String].
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is the inverse of [Status.MarshalText].
func (s *Status) UnmarshalText(b []byte) error {
	i, err := parse("status", statusNames, string(b))
	*s = Status(i)
	return err
}

// A Finding is one fault at one place, found by one rule. Its strings may come
// from the files that were checked: no sink prints them unescaped.
type Finding struct {
	Rule     string   `json:"rule"` // stable: "PC1001", "DL3007", "CVE-2024-3094"
	Severity Severity `json:"severity"`
	Layer    Layer    `json:"layer"`
	Title    string   `json:"title"`          // the rule's title, the same for each of its findings
	Message  string   `json:"message"`        // what is wrong here, naming the offending value
	Hint     string   `json:"hint,omitempty"` // the next action
	URL      string   `json:"url,omitempty"`
	Location
	// Source is the text of the first line of the location, without its line
	// break. [Run] fills it in.
	Source string `json:"source,omitempty"`
	// LineHash identifies the line by what stands there, as GitHub does: it stays
	// the same while lines above come and go. [Run] fills it in.
	LineHash string `json:"lineHash,omitempty"`
	// Sensitive keeps Source and LineHash empty: the line itself is a secret.
	Sensitive bool `json:"sensitive,omitempty"`
	// Also names other rules that report the same fault at the same place.
	Also   []string `json:"also,omitempty"`
	Status Status   `json:"status"`
	// Controls are ids of benchmark controls: "cis-docker-4.2".
	Controls    []string `json:"controls,omitempty"`
	Fingerprint string   `json:"fingerprint"`
	Fix         *Fix     `json:"fix,omitempty"`

	// Image is the digest of the image or index a finding of the scan stage is
	// about, Platforms the platforms it was found on, sorted.
	Image     string    `json:"image,omitempty"`
	Platforms []string  `json:"platforms,omitempty"`
	Packages  []Package `json:"packages,omitempty"`
	// Inherited says that the base image brought it: the line is a FROM.
	Inherited bool `json:"inherited,omitempty"`

	// CVSS and SeveritySource are those of a vulnerability, as far as the
	// database has them: its score, and who rated its severity.
	CVSS           *CVSS  `json:"cvss,omitempty"`
	SeveritySource string `json:"severitySource,omitempty"`
	// FoundBy names the scanners that found it, sorted, where more than one looked.
	FoundBy []string `json:"foundBy,omitempty"`
	// Waiver is why the status is Waived, where a file says so.
	Waiver *Waiver `json:"waiver,omitempty"`
}

// A Package is an installed package with a vulnerability.
type Package struct {
	Name      string `json:"name"`
	Installed string `json:"installed"`
	Fixed     string `json:"fixed,omitempty"` // empty: no fixed version is known
	// PURL is its package URL without qualifiers, as far as one is known:
	// "pkg:npm/lodash@4.17.20".
	PURL string `json:"purl,omitempty"`
}

// A Fix replaces whole lines of a file, StartLine to EndLine inclusive.
type Fix struct {
	Path        string `json:"path"`
	StartLine   int    `json:"startLine"`
	EndLine     int    `json:"endLine"`
	Replacement string `json:"replacement"`
}

// Compare orders findings by path, place, rule, object and message.
func Compare(a, b Finding) int { return compare(&a, &b) }

func compare(a, b *Finding) int {
	if n := strings.Compare(a.Path, b.Path); n != 0 {
		return n
	}
	if n := a.Range.Compare(b.Range); n != 0 {
		return n
	}
	return cmp.Or(
		strings.Compare(a.Rule, b.Rule),
		strings.Compare(a.Object, b.Object),
		strings.Compare(a.Message, b.Message),
		strings.Compare(a.Image, b.Image),
		slices.Compare(a.Platforms, b.Platforms),
	)
}

// CompareRank orders findings for places with little room: new ones before
// known ones, worst first, then as [Compare] does.
func CompareRank(a, b Finding) int { return compareRank(&a, &b) }

func compareRank(a, b *Finding) int {
	if n := cmp.Compare(a.Status, b.Status); n != 0 {
		return n
	}
	if n := cmp.Compare(b.Severity.Effective(), a.Severity.Effective()); n != 0 {
		return n
	}
	return compare(a, b)
}

// Blocks reports whether the finding closes the gate at this threshold.
func (f Finding) Blocks(threshold Severity) bool {
	return f.Status != Waived && f.Severity.Blocks(threshold)
}

// normalize sorts findings, drops the repeated ones and gives each a
// fingerprint. The fingerprint leaves the line out, so that an edit above a
// finding does not make it new; equal findings on other lines of the file are
// told apart by their order. The list is not kept by its stage, and not copied.
func normalize(findings []Finding) []Finding {
	sorted := slices.IsSortedFunc(pointers(findings), compare)
	if !sorted {
		slices.SortStableFunc(findings, Compare)
	}
	findings = slices.CompactFunc(findings, func(a, b Finding) bool { return compare(&a, &b) == 0 })
	seen := make(map[[12]byte]int, len(findings))
	h := sha256.New()
	var text []byte
	for i := range findings {
		f := &findings[i]
		h.Reset()
		for _, part := range []string{f.Rule, f.Path, f.Object, f.Message, f.Image} {
			text = strconv.AppendInt(text[:0], int64(len(part)), 10)
			text = append(append(text, ':'), part...)
			h.Write(text)
		}
		sum := [12]byte(h.Sum(text[:0]))
		seen[sum]++
		f.Fingerprint = hex.EncodeToString(sum[:]) + "/" + strconv.Itoa(seen[sum])
	}
	return findings
}
