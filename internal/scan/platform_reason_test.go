package scan

import (
	"errors"
	"fmt"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// TestReasonHasNoPlace gives errors as platforms have them: the place of the first
// is said by the error that the gate makes of it, and lines become one.
func TestReasonHasNoPlace(t *testing.T) {
	placed := &gate.CheckError{
		Location: gate.Location{Path: "portcullis.yaml", Range: gate.Range{Line: 4, Column: 30}}, Err: errors.New("no packages"),
	}
	for _, test := range []struct {
		err  error
		want string
	}{
		{placed, "no packages"},
		{errors.Join(placed), "no packages"},
		{errors.Join(placed, errors.New("damaged")), "no packages; damaged"},
		{fmt.Errorf("reading it: %w", placed), "reading it: portcullis.yaml:4:30: no packages"},
		{errors.New("a\nb"), "a; b"},
	} {
		if got := withoutPlace(test.err); got != test.want {
			t.Errorf("%q: got %q, want %q", test.err, got, test.want)
		}
	}
}
