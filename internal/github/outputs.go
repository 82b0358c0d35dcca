package github

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// An Output is an output of the action.
type Output struct{ Name, Value string }

// OutputNames lists the outputs of the action, sorted. action.yml describes them.
func OutputNames() []string {
	return []string{"blocking", "digest", "exit-code", "findings", "images", "report", "signed", "verdict"}
}

// Outputs returns all outputs of a run, sorted by name. jsonReport is the path
// of the JSON report, "" if none was written. digest and images stay empty
// unless the gate is open: a later step cannot deploy what did not pass, even
// if it runs always.
func Outputs(r gate.Report, jsonReport string) []Output {
	findings, blocking := count(r)
	digest, images := passed(r)
	return []Output{
		{Name: "blocking", Value: strconv.Itoa(blocking)},
		{Name: "digest", Value: digest},
		{Name: "exit-code", Value: strconv.Itoa(r.ExitCode)},
		{Name: "findings", Value: strconv.Itoa(findings)},
		{Name: "images", Value: images},
		{Name: "report", Value: jsonReport},
		{Name: "signed", Value: strconv.FormatBool(signed(r))},
		{Name: "verdict", Value: r.Verdict.String()},
	}
}

// count counts findings as people read them, twins once.
func count(r gate.Report) (findings, blocking int) {
	for _, s := range r.Stages {
		for _, f := range gate.Ranked(s.Findings) {
			findings++
			if f.Blocks(r.Threshold) {
				blocking++
			}
		}
	}
	return findings, blocking
}

// isOpen reports whether the gate let the change through.
func isOpen(r gate.Report) bool { return r.Verdict == gate.Passed && r.ExitCode == gate.ExitPassed }

// passed returns the digest of the only image and the list of all of them as
// JSON, if the gate is open.
func passed(r gate.Report) (digest, images string) {
	type image struct {
		Reference string `json:"reference"`
		Digest    string `json:"digest"`
	}
	all := []image{}
	if !isOpen(r) {
		return "", "[]"
	}
	for _, i := range r.Images {
		all = append(all, image{Reference: i.Reference, Digest: i.Digest})
	}
	data, err := json.Marshal(all)
	if err != nil { // strings always encode
		return "", "[]"
	}
	if len(all) == 1 {
		digest = all[0].Digest
	}
	return digest, string(data)
}

// signed reports whether every image, and at least one, has a signature for the
// digest that was scanned which was verified afterwards.
func signed(r gate.Report) bool {
	unsigned := func(i gate.Image) bool {
		return i.Signature == nil || !i.Signature.Verified || i.Signature.Digest != i.Digest || i.Digest == ""
	}
	return isOpen(r) && len(r.Images) > 0 && !slices.ContainsFunc(r.Images, unsigned)
}

// WriteOutputs appends outputs to the file that GITHUB_OUTPUT names, in one
// write.
func WriteOutputs(file string, outputs []Output) error {
	err := appendTo(file, func(w io.Writer, _ int64) error { return encodeOutputs(w, outputs, rand.Text) })
	if err != nil {
		return fmt.Errorf("writing the outputs of the action: %w", err)
	}
	return nil
}

// encodeOutputs writes outputs in the runner's format. Each value stands
// between two lines of a delimiter that nobody can know before.
func encodeOutputs(w io.Writer, outputs []Output, random func() string) error {
	var b strings.Builder
	for _, o := range outputs {
		if !slices.Contains(OutputNames(), o.Name) {
			return fmt.Errorf("the action has no output %q", o.Name)
		}
		delimiter := "portcullis-" + random()
		if strings.Contains(o.Value, delimiter) {
			return fmt.Errorf("the value of output %q contains its delimiter", o.Name)
		}
		fmt.Fprintf(&b, "%s<<%s\n%s\n%s\n", o.Name, delimiter, o.Value, delimiter)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// appendTo opens a file for write, which gets its size as well. It does not
// create one: the runner reads only the file that it made.
func appendTo(file string, write func(w io.Writer, size int64) error) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		err = write(f, info.Size())
	}
	return errors.Join(err, f.Close())
}
