package gate

import (
	"slices"
	"time"
)

// Schema is the version of the JSON form of a [Report].
const Schema = 1

// A Report is the outcome of a run, in the shape of its JSON form. The same
// input gives the same report, apart from durations and dates.
type Report struct {
	Schema     int           `json:"schema"`
	Tool       Tool          `json:"tool"`
	Verdict    Verdict       `json:"verdict"`
	ExitCode   int           `json:"exitCode"`
	Threshold  Severity      `json:"threshold"`
	Context    Context       `json:"context"`
	Stages     []StageReport `json:"stages"` // in the order in which they run
	Images     []Image       `json:"images"` // sorted by reference and digest
	Provenance Provenance    `json:"provenance"`
}

// Tool names the program that made a report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Context is what the run knows of the change it checks; empty locally.
type Context struct {
	Event       string `json:"event"`
	Repository  string `json:"repository"` // owner/name
	SHA         string `json:"sha"`        // the commit that was checked
	BaseSHA     string `json:"baseSha"`
	PullRequest int    `json:"pullRequest"` // 0: none
	// Root is where the workspace is in the repository; "": at its root. Paths of
	// a report are relative to the workspace.
	Root string `json:"root,omitempty"`
	// TrustedChanged are the files that the change touches although they decide
	// about the gate, sorted: configuration, policies, workflows, code owners. The
	// versions of BaseSHA were in force.
	TrustedChanged []string `json:"trustedChanged,omitempty"`
}

// A StageReport is the outcome of one stage.
type StageReport struct {
	Name     string    `json:"name"`
	Verdict  Verdict   `json:"verdict"`
	Reason   string    `json:"reason"` // why it was skipped
	Error    string    `json:"error"`  // the first failure, place included
	Failures []Failure `json:"failures,omitempty"`
	Notes    []string  `json:"notes,omitempty"`
	Duration int64     `json:"durationMs"`
	Checked  Checked   `json:"checked"`
	Findings []Finding `json:"findings"` // sorted by Compare, none twice

	refused bool // a Refusal is among the failures
}

// An Image is an image or index that was scanned.
type Image struct {
	Reference string     `json:"reference"`      // as it was asked for
	Digest    string     `json:"digest"`         // what the reference was resolved to, once
	Base      string     `json:"base,omitempty"` // what its FROM names, where its Dockerfile is known
	Platforms []Platform `json:"platforms"`      // sorted by name and digest
	Signature *Signature `json:"signature,omitempty"`
	// Named are the places that name it, where a platform that could not be
	// scanned is told, unless its Failure has one; none: it is told without.
	Named []Location `json:"-"`
}

// LeftOut returns the names of the platforms that nobody looked at, because the
// configuration leaves them out.
func (i Image) LeftOut() []string {
	var names []string
	for _, p := range i.Platforms {
		if p.LeftOut {
			names = append(names, p.Name)
		}
	}
	return names
}

// Passed reports whether every platform that runs code passed, and there is one.
func (i Image) Passed() bool {
	if len(i.LeftOut()) > 0 {
		return false
	}
	verdicts := make([]Verdict, len(i.Platforms))
	for n, p := range i.Platforms {
		verdicts[n] = p.Verdict
	}
	return worst(verdicts) == Passed
}

// A Platform is one manifest of an image.
type Platform struct {
	Name    string  `json:"platform"` // "linux/arm64/v8"
	Digest  string  `json:"digest"`
	Verdict Verdict `json:"verdict"`
	Reason  string  `json:"reason,omitempty"` // why it was skipped or not scanned, or passed without an OS
	// LeftOut says that it runs code, and was skipped because the configuration
	// does not list it. Such an image is not signed.
	LeftOut  bool   `json:"leftOut,omitempty"`
	OS       string `json:"os"` // "alpine 3.20.3"; empty: none was recognised
	Packages int    `json:"packages"`
	// Ecosystems counts the packages by where they come from: the operating
	// system's family, "npm", "pip".
	Ecosystems map[string]int `json:"ecosystems,omitempty"`
	// Unreadable are files that could not be read, or not all of them, sorted.
	Unreadable []string `json:"unreadable,omitempty"`
	// Unchecked are programs that no package has and that do not tell what they
	// were built from, sorted: nobody knows their vulnerabilities.
	Unchecked []string `json:"unchecked,omitempty"`
	SBOM      *SBOM    `json:"sbom,omitempty"`
	// Failure is the error behind Reason, whose place and hint are told with it.
	Failure error `json:"-"`
}

// A Signature says what was signed and checked again afterwards.
type Signature struct {
	Digest     string   `json:"digest"`
	Formats    []string `json:"formats"` // bundle, legacy
	Identity   string   `json:"identity"`
	Predicates []string `json:"predicates,omitempty"` // types of the attestations
	Verified   bool     `json:"verified"`
}

// Provenance names what the verdict rests on.
type Provenance struct {
	Database *Database `json:"database,omitempty"`
	Policies *Policies `json:"policies,omitempty"`
	Config   *Config   `json:"config,omitempty"`
	Waivers  *Config   `json:"waivers,omitempty"` // the file of waivers, where there is one
}

// Database is the vulnerability database that was used.
type Database struct {
	Digest    string    `json:"digest"` // "sha256:…"
	UpdatedAt time.Time `json:"updatedAt"`
	Age       string    `json:"age,omitempty"` // at the time of the run: "3h20m0s"
	Source    string    `json:"source,omitempty"`
}

// Policies are the policies that were applied.
type Policies struct {
	Digest string `json:"digest"`
}

// Config is a file of configuration that was in force.
type Config struct {
	Digest string `json:"digest"`
	Source string `json:"source"` // its path; "defaults" without a file
}

// merge takes over what p knows and q does not.
func (p *Provenance) merge(q Provenance) {
	if p.Database == nil {
		p.Database = q.Database
	}
	if p.Policies == nil {
		p.Policies = q.Policies
	}
	if p.Config == nil {
		p.Config = q.Config
	}
	if p.Waivers == nil {
		p.Waivers = q.Waivers
	}
}

// Findings returns the findings of all stages, sorted by [Compare].
func (r Report) Findings() []Finding {
	var all []Finding
	for _, s := range r.Stages {
		all = append(all, s.Findings...)
	}
	slices.SortStableFunc(all, Compare)
	return all
}

// Stage returns the outcome of the named stage, and whether it was run.
func (r Report) Stage(name string) (StageReport, bool) {
	i := slices.IndexFunc(r.Stages, func(s StageReport) bool { return s.Name == name })
	if i < 0 {
		return StageReport{}, false
	}
	return r.Stages[i], true
}
