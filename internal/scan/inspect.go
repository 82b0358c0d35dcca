package scan

import (
	"bufio"
	"context"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/aquasecurity/trivy/pkg/fanal/analyzer"
	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/types"
)

// What an inspector writes down.
const (
	programResource = "portcullis/program" // data: the loader that it needs, "" if it is static
	releaseResource = "portcullis/release" // data: ID, version and name of the operating system, a line each
)

// Trivy takes analyzers of others when it is linked and in no other way.
func init() {
	analyzer.RegisterAnalyzer(inspector{})
	analyzer.RegisterAnalyzer(lineReader{})
}

// An inspector sees each file of a layer as Trivy's own analyzers do, and keeps
// what those say nothing of: which programs there are, and what an operating
// system that Trivy does not know is called.
type inspector struct{}

var releaseFiles = []string{"etc/os-release", "usr/lib/os-release"}

// Required reports whether a file is one to look into.
func (inspector) Required(path string, info os.FileInfo) bool {
	return info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 || slices.Contains(releaseFiles, path)
}

// Analyze looks into one file.
func (inspector) Analyze(_ context.Context, in analyzer.AnalysisInput) (*analyzer.AnalysisResult, error) {
	found := ftypes.CustomResource{Type: programResource, FilePath: in.FilePath}
	if slices.Contains(releaseFiles, in.FilePath) {
		found.Type, found.Data = releaseResource, releaseOf(in.Content)
	} else if loader, ok := elfProgram(in.Content); ok {
		found.Data = loader
	} else {
		return nil, nil
	}
	return &analyzer.AnalysisResult{CustomResources: []ftypes.CustomResource{found}}, nil
}

// Type names the analyzer.
func (inspector) Type() analyzer.Type { return "portcullis" }

// Version changes with what Analyze returns: layers are kept with it.
func (inspector) Version() int { return 2 }

// releaseOf reads ID, version and name of the operating system in an os-release.
func releaseOf(r io.Reader) string {
	var id, version, name string
	lines := bufio.NewScanner(io.LimitReader(r, 64<<10))
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), "=")
		value = strings.Trim(strings.TrimSpace(value), `"'`)
		switch strings.TrimSpace(key) {
		case "ID":
			id = value
		case "VERSION_ID":
			version = value
		case "PRETTY_NAME":
			name = value
		}
	}
	return strings.Join([]string{id, version, name}, "\n")
}

// A release is what the os-release of the last layer says.
type release struct{ id, version, name string }

// String is what it calls the operating system.
func (r release) String() string {
	switch {
	case r.name == "":
		return strings.TrimSpace(r.id + " " + r.version)
	case r.id == "":
		return r.name
	}
	return r.name + " (ID=" + r.id + ")"
}

// A program is an executable of an image.
type program struct{ path, loader string }

// inside is what an image has beside packages.
type inside struct {
	programs  []program
	unchecked []string // paths of programs
	release   release  // its operating system, whether it is known or not
	// without says why it counts as scanned without an operating system; accepted,
	// that its digest is named, so that nothing has to be recognised.
	without  string
	accepted bool
}

// inspected takes what inspectors found out of a report.
func inspected(report *types.Report) (in inside) {
	from := ""
	report.Results = slices.DeleteFunc(report.Results, func(r types.Result) bool {
		for _, c := range r.CustomResources {
			data, _ := c.Data.(string)
			switch {
			case c.Type == programResource:
				in.programs = append(in.programs, program{path: c.FilePath, loader: data})
			case c.Type == releaseResource && (from == "" || c.FilePath < from):
				parts := append(strings.SplitN(data, "\n", 3), "", "")
				in.release, from = release{id: parts[0], version: parts[1], name: parts[2]}, c.FilePath
			}
		}
		return r.Class == types.ClassCustom
	})
	slices.SortFunc(in.programs, func(a, b program) int { return strings.Compare(a.path, b.path) })
	in.unchecked = unchecked(*report, in.programs)
	return in
}

// belonging are the folders whose programs came with the packages of a language.
var belonging = []string{"dist-packages", "gems", "node_modules", "site-packages"}

// unchecked are the programs of which nothing says what they consist of: no
// package of the operating system has them, and they tell of no packages.
func unchecked(report types.Report, programs []program) []string {
	known := map[string]bool{}
	for _, r := range report.Results {
		known[owned(r.Target)] = known[owned(r.Target)] || len(r.Packages) > 0
		for _, p := range r.Packages {
			for _, name := range p.InstalledFiles {
				known[owned(name)] = true
			}
		}
	}
	var names []string
	for _, p := range programs {
		inside := func(folder string) bool { return slices.Contains(strings.Split(p.path, "/"), folder) }
		if !known[owned(p.path)] && !slices.ContainsFunc(belonging, inside) {
			names = append(names, p.path)
		}
	}
	return names
}

// owned is a path as it is compared: a distribution that has merged /bin with
// /usr/bin has packages that name the one or the other.
func owned(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, "/"), "usr/")
}
