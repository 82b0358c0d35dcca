package helm

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// place is how Helm writes where an error is, one for each template that was
// called, the innermost last.
var place = regexp.MustCompile(`(?m)(?:\(|^\s*|template: )([^\s():]+/[^\s():]+):(\d+)(?::\d+)?(?:\)|\s*$|: )`)

// errorAt is how Helm begins a message that has one place only.
var errorAt = regexp.MustCompile(`^(?:execution|parse) error at \([^)]*\): `)

// ours is what the instrumentation shows of itself in a message.
var ours = regexp.MustCompile(`\(?portcullis_\w+ ([^()|]+)\)|(?: \| )?portcullis_\w+(?: \| )?`)

// evaluated is what a template was at when it failed. Of templates that include
// each other the last one says what is wrong.
var evaluated = regexp.MustCompile(`executing "[^"]*" at <(.*?)>: `)

// located gives an error of Helm's engine the place in the template that it
// names, the innermost, and says in the hint what includes that. At a limit the
// error is the limit.
func (r *rendering) located(ctx context.Context, err error) error {
	at, outer := r.failedAt(err)
	check := &gate.CheckError{Location: at}
	if len(outer) > 0 {
		check.Hint = "included at " + strings.Join(outer, ", ")
	}
	message := errorAt.ReplaceAllString(oneLine(err.Error()), "")
	message = ours.ReplaceAllString(message, "$1")
	if all := evaluated.FindAllStringSubmatchIndex(message, -1); len(all) > 0 {
		last := all[len(all)-1]
		expression, reason := message[last[2]:last[3]], message[last[1]:]
		message = fmt.Sprintf("%q: %s", expression, reason)
		if missing := unset(expression, reason); missing != "" {
			check.Hint = strings.TrimPrefix(check.Hint+"; ", "; ") + fmt.Sprintf("nothing sets %s: give it a value, or the template a default", missing)
		}
	}
	if ctx.Err() != nil {
		message, check.Hint = context.Cause(ctx).Error(), ""
	}
	check.Err = fmt.Errorf("rendering the chart: %s", message)
	return check
}

// failedAt returns where an error is, and the places in other templates that
// lead there, the outermost first.
func (r *rendering) failedAt(err error) (at gate.Location, outer []string) {
	at = gate.Location{Path: r.chart.path("Chart.yaml"), Range: gate.Range{Line: 1}}
	found := false
	for _, m := range place.FindAllStringSubmatch(err.Error(), -1) {
		file, ok := r.files[m[1]]
		if !ok {
			continue
		}
		next := file.place
		if next.Path == "" {
			next.Path = file.path
			next.Line, _ = strconv.Atoi(m[2])
		}
		if found && next != at {
			outer = append(outer, at.String())
		}
		at, found = next, true
	}
	return at, outer
}

// unset returns the value that an expression asks for a field of, and that is
// not there; "" if that is not what is wrong.
func unset(expression, reason string) string {
	_, field, found := strings.Cut(reason, "nil pointer evaluating interface {}.")
	parent, last := strings.CutSuffix(expression, "."+field)
	if !found || !last || !strings.HasPrefix(parent, ".Values.") {
		return ""
	}
	return parent
}

// oneLine joins the lines of a message.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
