package cli

import (
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/portcullis-ci/portcullis/internal/config"
	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/waiver"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// A Job is what one run has to check.
type Job struct {
	Tree *workspace.Tree
	// Policies is the tree that policies and their data are read from: the
	// workspace, or what the base commit of a change has of them.
	Policies *workspace.Tree
	// Repository is the tree that holds the files by which the CI system runs the
	// gate; Above leads there from the workspace: "" or "../".
	Repository *workspace.Tree
	Above      string
	Config     *config.Config
	// Base returns the bytes of a file of the workspace in the commit that a
	// change is for, or [fs.ErrNotExist]; nil where there is no change.
	Base    func(name string) ([]byte, error)
	Stages  []string // names, in the order in which they run
	Images  []string // references, as given
	Imports []string // SARIF files of other tools
	SBOMDir string   // where SBOMs are written; "": nowhere
	Offline bool
	Login   Login
	// Refuse says why nothing may be signed in this context; "" where it may.
	Refuse  string
	Context gate.Context
	// Local says that a person runs this on a machine of theirs, and no CI system.
	Local bool
	// Changed reports whether the change touches a line from first to last of a
	// file; nil where there is no change, or its base is not known.
	Changed func(path string, first, last int) bool
	// HeadLine returns the line that a line of a file has in the newest commit of
	// the change, 0 if it is not there; nil as for Changed.
	HeadLine func(path string, line int) int
	// Waivers says which findings do not count; nil: every one counts.
	Waivers *waiver.Set
	Version string
	Log     *slog.Logger
	Now     func() time.Time
	// Progress is told of work that takes long: done of total, in the unit of
	// the step; total 0 where it is not known.
	Progress func(step string, done, total int64)
	// Trace is told of the begin of work that may overlap with stages, and calls
	// what it returns at its end.
	Trace func(what string) (end func())
}

// A Login is what a registry is logged in to with. Registry is empty for the one
// that all images are in; Username is empty if there is none.
type Login struct{ Registry, Username, Password string }

// closers are what has to be released at the end of a run, in reverse order.
type closers []func() error

func (c *closers) add(f func() error) { *c = append(*c, f) }

func (c closers) close() error {
	var errs []error
	for _, f := range slices.Backward(c) {
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}

// Stages are the stages of a job.
type Stages struct {
	Checks []gate.Stage // one for each named stage but sign
	Signer gate.Signer  // nil unless sign is named
	// Close releases what the stages hold, such as temporary folders.
	Close func() error
}

// A VerifyJob is what `portcullis verify` has to check.
type VerifyJob struct {
	Image   string
	Key     string   // path of the public key
	Require []string // attestations that have to be there
	Login   Login
	Now     func() time.Time
}

// A Verification is what was verified.
type Verification struct {
	Reference  string
	Digest     string
	Identity   string
	Formats    []string
	Predicates []string
}

// A Misused error says that a command was called in a way that makes no sense.
type Misused struct{ Err error }

// Error returns the reason.
func (m *Misused) Error() string { return m.Err.Error() }

// Unwrap returns the cause.
func (m *Misused) Unwrap() error { return m.Err }

// An Unverified error says that an image is not signed as demanded. Any other
// error of Verify says that it could not be found out.
type Unverified struct{ Err error }

// Error returns the reason.
func (u *Unverified) Error() string { return u.Err.Error() }

// Unwrap returns the cause.
func (u *Unverified) Unwrap() error { return u.Err }
