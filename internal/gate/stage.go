package gate

import (
	"context"
	"errors"
	"fmt"
)

// A Stage checks one kind of thing. Its inputs are given to its constructor.
type Stage interface {
	// Name is one of the names that --stages takes.
	Name() string
	// Run returns what was checked and found. An error means that something
	// could not be checked, never that something was found; the result may
	// still hold what could be. Several errors are joined with [errors.Join],
	// each a [*CheckError] where a file is to blame.
	Run(ctx context.Context) (Result, error)
}

// A Preparer is a stage that can start early what takes time, such as a
// download. Prepare is called for all stages at once before the first one
// runs; a stage whose Prepare failed is not run.
type Preparer interface {
	Prepare(ctx context.Context) error
}

// A Signer signs what the stages before it checked. It takes digests from the
// report and from nowhere else: what was scanned is what is signed.
type Signer interface {
	Name() string
	// Sign is called only if every stage that is required passed.
	Sign(ctx context.Context, passed Report) (Result, error)
}

// A Result is what a stage returns.
type Result struct {
	// Skip, if not empty, says why there was nothing to check:
	// "no Dockerfile in the tree".
	Skip     string
	Checked  Checked
	Findings []Finding // they are the run's from then on: it sorts them in place
	Images   []Image
	// Notes say what a reader of a green result has to know: "shellcheck is
	// not installed: SC rules did not run".
	Notes      []string
	Provenance Provenance
}

// Checked counts what a stage looked at and what it applied.
type Checked struct {
	Files    int `json:"files"`
	Objects  int `json:"objects"` // Kubernetes objects
	Images   int `json:"images"`  // platforms of images
	Packages int `json:"packages"`
	Rules    int `json:"rules"`
}

// nothing says what is missing for a pass, or returns "".
func (c Checked) nothing() string {
	switch {
	case c.Files+c.Objects+c.Images == 0:
		return "nothing was checked"
	case c.Rules == 0:
		return "no rule was applied"
	}
	return ""
}

// A CheckError says that something could not be checked.
type CheckError struct {
	Location Location // the zero value where no file is to blame
	Err      error
	Hint     string // the next action
}

// Error returns place and cause.
func (e *CheckError) Error() string {
	if e.Location.Path == "" {
		return e.Err.Error()
	}
	return fmt.Sprintf("%s: %v", e.Location, e.Err)
}

// Unwrap returns the cause.
func (e *CheckError) Unwrap() error { return e.Err }

// A Refusal is an error of a stage that will not work in this context at all,
// such as signing for a pull request. The run ends with [ExitUsage].
type Refusal struct {
	Reason string
	Hint   string
}

// Error returns the reason.
func (r *Refusal) Error() string { return r.Reason }

// An Interrupt is the cause of a context that a signal ended. Its value is the
// exit code.
type Interrupt int

// Error says "cancelled".
func (Interrupt) Error() string { return "cancelled" }

// Failures flattens a stage's error into the form that a report holds, in
// order: joined errors one by one.
func Failures(err error) []Failure {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // the outermost error itself
		// One that only wraps several has words of its own, which are a sentence.
		if each := joined.Unwrap(); err.Error() == errors.Join(each...).Error() {
			var all []Failure
			for _, e := range each {
				all = append(all, Failures(e)...)
			}
			return all
		}
	}
	f := Failure{Message: err.Error()}
	var check *CheckError
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		f.Hint = refusal.Hint
	case errors.As(err, &check):
		f.Location, f.Hint = check.Location, check.Hint
		if outermost, ok := err.(*CheckError); ok { //nolint:errorlint // a wrapped one keeps the words around it
			f.Message = outermost.Err.Error()
		}
	}
	return []Failure{f}
}

// A Failure is an error of a stage as the report holds it.
type Failure struct {
	Location
	Message string `json:"message"` // without the place
	Hint    string `json:"hint,omitempty"`
}

// String returns place and message.
func (f Failure) String() string {
	if f.Path == "" {
		return f.Message
	}
	return f.Location.String() + ": " + f.Message
}
