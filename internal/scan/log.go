package scan

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"

	trivylog "github.com/aquasecurity/trivy/pkg/log"
)

// incomplete are the messages with which Trivy says, in its log only, that it
// left a file or a package out.
var incomplete = []string{
	"Analysis error",
	"Cannot parse dependency",
	"Dependency parse error",
	"Failed to parse the installed package version",
	"Image config analysis error",
	"Installed package version error",
	"Invalid source version",
	"Invalid version",
	"Invalid version found",
	"Mixing Alpine versions is unsupported",
	"Parse error",
	"Permission error",
	"Unable to convert the lock file version to float",
	"Unknown type for the lock file version",
	"Version matching error",
}

// unparsed are the messages with which Trivy says, in its log only, that it gave
// up on a lock file.
var unparsed = []string{"Failed to parse uv lockfile", "Unable to parse the module", "Walk error"}

// skipped are the messages with which Trivy says, in its log only, that a part of
// a file or an advisory was left out. Others of the same were read.
var skipped = map[string]string{
	"Cannot parse .NET library version":                                             "a .NET library was not checked",
	"Creating package entry from requirement failed":                                "a package of Conan was not checked",
	"Failed to parse":                                                               "a file of a Java archive was not read",
	"Failed to parse the fixed version":                                             "an advisory was not compared",
	"Invalid package name/version in requirements.txt.":                             "a line of requirements.txt was not checked",
	"Invalid package-lock.json file. Package path doesn't have package name suffix": "a package of package-lock.json was not checked",
	"Parse ref error":                                                               "a package of Conan was not checked",
	"Protocol error":                                                                "a package of yarn.lock was not checked",
	"Skip git dependencies":                                                         "a package from a Git repository was not checked",
	"Unable to parse Cargo.toml to identify direct dependencies":                    direct,
	"Unable to parse METADATA file":                                                 "the metadata of a Python package was not read",
	"Unable to parse composer.json to identify direct dependencies":                 direct,
	"Unable to parse file to analyze dependencies":                                  direct,
	"Unable to parse package.json to remove dev dependencies":                       direct,
	"Unable to parse pyproject.toml to identify direct dependencies":                direct,
	"Unable to resolve. Both the version and branch fields are empty.":              "a Swift package without a version was not checked",
	"`package-lock.json` contains broken link with empty `resolved` field. This package will be skipped to avoid receiving an empty package": "a link of package-lock.json was not checked",
}

const direct = "which packages are direct dependencies is not known"

// unidentified is the message with which Trivy says that it does not know a
// Java archive. Those of one's own are in no database.
const unidentified = "No such POM in the central repositories"

// archives is the message with which Trivy says that it looks a Java archive up.
const archives = "Parsing Java artifacts..."

// A capture passes log records on, and keeps those that say that something was
// left out.
type capture struct {
	next slog.Handler
	kept *kept
	// chatty is the search for secrets, which has several debug records for each
	// file and rule.
	chatty bool
}

type kept struct {
	mu sync.Mutex
	logged
}

// logged is what a scan said in its log only.
type logged struct {
	incomplete []error
	unparsed   []unparsedFile
	notes      []string
	unreadable []string // files that these are about
	java       bool     // there are Java archives
}

// An unparsedFile is a lock file and what is wrong with it.
type unparsedFile struct{ path, cause string }

func newCapture(log *slog.Logger) *capture {
	return &capture{next: log.Handler(), kept: &kept{}}
}

// Enabled takes every record, because some failures are told as debug records.
func (c *capture) Enabled(context.Context, slog.Level) bool { return true }

// Handle keeps and passes on.
func (c *capture) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == archives {
		c.keepJava()
	}
	if slices.Contains(unparsed, r.Message) {
		c.keepUnparsed(r)
	}
	if _, ok := skipped[r.Message]; ok || r.Message == unidentified || slices.Contains(incomplete, r.Message) {
		c.keep(r)
	}
	if c.chatty && r.Level < slog.LevelInfo || !c.next.Enabled(ctx, r.Level) {
		return nil
	}
	return c.next.Handle(ctx, r)
}

func (c *capture) keep(r slog.Record) {
	var details []string
	r.Attrs(func(a slog.Attr) bool {
		details = append(details, fmt.Sprintf("%s %v", a.Key, a.Value))
		return true
	})
	text := fmt.Sprintf("%s (%s)", strings.ToLower(r.Message[:1])+r.Message[1:], strings.Join(details, ", "))
	c.kept.mu.Lock()
	defer c.kept.mu.Unlock()
	if what, ok := skipped[r.Message]; ok {
		c.kept.notes = append(c.kept.notes, what+": "+strings.Join(details, ", "))
		return
	}
	if r.Message == unidentified {
		c.kept.notes = append(c.kept.notes, "a Java archive was not checked, it is in no public repository: "+strings.Join(details, ", "))
		return
	}
	// Packages come with broken package.json files as fixtures of their own
	// tests. Node.js cannot load such a folder as a package either.
	c.kept.unreadable = append(c.kept.unreadable, pathsIn(text)...)
	if strings.Contains(text, "/package.json") {
		c.kept.notes = append(c.kept.notes, "a package.json was not read: "+text)
		return
	}
	c.kept.incomplete = append(c.kept.incomplete, fmt.Errorf("not everything was read: %s", text))
}

func (c *capture) keepJava() {
	c.kept.mu.Lock()
	defer c.kept.mu.Unlock()
	c.kept.java = true
}

func (c *capture) keepUnparsed(r slog.Record) {
	var file unparsedFile
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "file_path":
			file.path = a.Value.String()
		case "err":
			file.cause = a.Value.String()
		}
		return true
	})
	c.kept.mu.Lock()
	defer c.kept.mu.Unlock()
	c.kept.unparsed = append(c.kept.unparsed, file)
}

// WithAttrs passes the attributes on.
func (c *capture) WithAttrs(attrs []slog.Attr) slog.Handler {
	chatty := slices.ContainsFunc(attrs, func(a slog.Attr) bool { return strings.Trim(a.Value.String(), "[] ") == "secret" })
	return &capture{next: c.next.WithAttrs(attrs), kept: c.kept, chatty: c.chatty || chatty}
}

// WithGroup passes the group on.
func (c *capture) WithGroup(name string) slog.Handler {
	return &capture{next: c.next.WithGroup(name), kept: c.kept, chatty: c.chatty}
}

func (c *capture) reset() { c.take() }

// take returns what was kept, in an order that does not depend on which of
// several files was read first.
func (c *capture) take() logged {
	c.kept.mu.Lock()
	defer c.kept.mu.Unlock()
	l := c.kept.logged
	c.kept.logged = logged{}
	slices.SortFunc(l.incomplete, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	slices.SortFunc(l.unparsed, func(a, b unparsedFile) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.cause, b.cause))
	})
	slices.Sort(l.notes)
	l.notes = slices.Compact(l.notes)
	slices.Sort(l.unreadable)
	l.unreadable = slices.Compact(l.unreadable)
	return l
}

// said reports whether a scan said anything in its log.
func (l *logged) said() bool { return len(l.incomplete)+len(l.unparsed)+len(l.notes) > 0 }

// unread returns an error for each file of an image that was not read because it
// is damaged. Packages come with broken files as fixtures of their own tests: what
// lies in a folder of Node.js packages is noted.
func (l *logged) unread() (errs []error) {
	for _, file := range l.unparsed {
		l.unreadable = append(l.unreadable, file.path)
		text := fmt.Sprintf("%s: %s", file.path, file.cause)
		if slices.Contains(strings.Split(file.path, "/"), "node_modules") {
			l.notes = append(l.notes, "a file was not read: "+text)
			continue
		}
		errs = append(errs, fmt.Errorf("not everything was read: %s", text))
	}
	slices.Sort(l.unreadable)
	l.unreadable = slices.Compact(l.unreadable)
	return errs
}

// isDeferred reports whether a logger is the one that Trivy installs when it is
// linked.
func isDeferred(l *slog.Logger) bool {
	_, ok := l.Handler().(*trivylog.DeferredHandler)
	return ok
}
