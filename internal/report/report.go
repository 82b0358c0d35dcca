package report

import (
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// Options say how to render. The zero value is plain and complete.
type Options struct {
	Color bool // ANSI colours, for the text format on a terminal
	Width int  // columns of the terminal; 0: not a terminal, nothing is wrapped
	// Actions says that the Actions runner reads the output: the text format
	// then prints no line that the runner could take for a command. The other
	// formats never do.
	Actions bool
	// Annotations says that the github format marks lines of the change.
	Annotations bool
	// Changed reports whether the change touches a line from first to last of a
	// file of the workspace; nil: it is not known. Remarks on such lines come first.
	Changed func(path string, first, last int) bool
	// HeadLine returns the line that has a line of a file of the workspace in the
	// commit that the report names, 0 if none has; nil: they are the same. GitHub
	// shows that commit, while what was checked may be its merge into another.
	HeadLine func(path string, line int) int
	// Rules document the rules of this build, for formats that show help.
	Rules []gate.Rule
	// Limit is how much the format may print, in its own unit: results of a
	// run for sarif (0: 5,000), characters for markdown (0: 65,000).
	Limit int
	// Base is the path of the workspace root inside the repository, for formats
	// whose reader knows the repository only. "": they are the same.
	Base string
	// Foreign says that nobody vouches for the report: see [Foreign]. What people
	// read then says so.
	Foreign bool
	// Server is the address of the GitHub server that holds the repository, for
	// links to lines. "": there are none.
	Server string
}

// A Format writes a report. It only reads the report, and returns only errors
// of the writer.
type Format func(w io.Writer, r gate.Report, o Options) error

var formats = map[string]Format{
	"github":   writeGitHub,
	"gitlab":   writeGitLab,
	"html":     writeHTML,
	"json":     writeJSON,
	"junit":    writeJUnit,
	"markdown": writeMarkdown,
	"sarif":    writeSARIF,
	"text":     writeText,
}

// Names lists the formats, sorted.
func Names() []string { return slices.Sorted(maps.Keys(formats)) }

// For returns the format with this name. The error of an unknown name lists
// the names there are.
func For(name string) (Format, error) {
	if f, ok := formats[name]; ok {
		return f, nil
	}
	return nil, fmt.Errorf("unknown format %q, want one of %s", name, strings.Join(Names(), ", "))
}

// repository returns the path of a file relative to the repository's root. It
// never leads out of it. "" stays "".
func (o Options) repository(name string) string {
	if name == "" {
		return ""
	}
	return strings.TrimPrefix(path.Clean("/"+path.Join(o.Base, name)), "/")
}

// A standing is the findings of a stage as people count them, twins folded,
// worst first: those that close the gate and the others.
type standing struct{ blocking, others []*gate.Finding }

// standings are those of the stages of a report, in their order.
func standings(r gate.Report) []standing {
	all := make([]standing, len(r.Stages))
	for i, s := range r.Stages {
		all[i] = split(gate.Ranked(s.Findings), r.Threshold)
	}
	return all
}

// split divides ranked findings into those that close the gate and the others.
func split(findings []*gate.Finding, threshold gate.Severity) (s standing) {
	s.blocking = slices.DeleteFunc(slices.Clone(findings), func(f *gate.Finding) bool { return !f.Blocks(threshold) })
	s.others = slices.DeleteFunc(findings, func(f *gate.Finding) bool { return f.Blocks(threshold) })
	return s
}

// findings are those of every stage.
func findings(r gate.Report) [][]gate.Finding {
	lists := make([][]gate.Finding, len(r.Stages))
	for i, s := range r.Stages {
		lists[i] = s.Findings
	}
	return lists
}

// rules names a finding's rule and its twins: "DL3007, PC1004".
func rules(f gate.Finding) string {
	return strings.Join(append([]string{f.Rule}, f.Also...), ", ")
}

// label is a finding's severity, and its status if there is more to say:
// "high", "high, waived".
func label(f gate.Finding) string {
	if f.Status == gate.New {
		return f.Severity.String()
	}
	return f.Severity.String() + ", " + f.Status.String()
}

// plural counts things: "1 file", "3 files".
func plural(n int, singular, plural string) string {
	if n == 1 {
		return "1 " + singular
	}
	return fmt.Sprintf("%s %s", grouped(n), plural)
}

// grouped writes a number with its thousands apart: "4,990".
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
