package report

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

type junitSuites struct {
	XMLName xml.Name `xml:"testsuites"`
	junitCounts
	Suites []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	junitCounts
	Cases []junitCase `xml:"testcase"`
	Notes string      `xml:"system-out,omitempty"`
}

// junitCounts are the attributes that a suite and the list of suites share.
type junitCounts struct {
	Name     string `xml:"name,attr"`
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Errors   int    `xml:"errors,attr"`
	Skipped  int    `xml:"skipped,attr"`
	Time     string `xml:"time,attr"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Line    int           `xml:"line,attr,omitempty"`
	Time    string        `xml:"time,attr"`
	Failure *junitOutcome `xml:"failure"`
	Error   *junitOutcome `xml:"error"`
	Skipped *junitOutcome `xml:"skipped"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitOutcome struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// writeJUnit writes JUnit XML as GitLab and Jenkins read it: a suite for each
// stage. Its first case stands for the stage itself, so that no suite is empty
// and one that was skipped says why. Every finding that closes the gate is a
// case with a failure, every other one a case that passes, a waived one a case
// that is skipped; what could not be checked is a case with an error.
func writeJUnit(w io.Writer, r gate.Report, o Options) error {
	o.Color, o.Width = false, 0
	all := junitSuites{junitCounts: junitCounts{Name: "portcullis"}}
	var total int64
	for _, s := range r.Stages {
		suite := o.suite(s, r.Threshold)
		if trusted := trustedChanged(r.Context, Terminal); trusted != "" && len(all.Suites) == 0 {
			suite.Notes = strings.TrimRight(trusted+"\n"+suite.Notes, "\n")
		}
		all.Suites = append(all.Suites, suite)
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Errors += suite.Errors
		all.Skipped += suite.Skipped
		total += s.Duration
	}
	all.Time = seconds(total)
	var b bytes.Buffer
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return fmt.Errorf("encoding the report: %w", err)
	}
	_, err := w.Write(append(XML(b.Bytes()), '\n'))
	return err
}

// suite is a stage. Readers tell cases apart by class and name: no name is
// there twice.
func (o Options) suite(s gate.StageReport, threshold gate.Severity) junitSuite {
	suite := junitSuite{Cases: []junitCase{stageCase(s)}, Notes: strings.Join(s.Notes, "\n")}
	for _, f := range failures(s) {
		suite.Cases = append(suite.Cases, o.failureCase(f))
	}
	for _, f := range gate.Ranked(s.Findings) {
		suite.Cases = append(suite.Cases, o.findingCase(*f, threshold))
	}
	suite.junitCounts = junitCounts{Name: Terminal(s.Name), Time: seconds(s.Duration)}
	used := map[string]bool{}
	for i := range suite.Cases {
		c := &suite.Cases[i]
		c.Class = "portcullis." + Terminal(s.Name)
		name := c.Name
		for n := 2; used[c.Name]; n++ {
			c.Name = fmt.Sprintf("%s (%d)", name, n)
		}
		used[c.Name] = true
		suite.add(c)
	}
	suite.Notes = strings.Join(lines(suite.Notes), "\n")
	return suite
}

// add counts a case.
func (n *junitCounts) add(c *junitCase) {
	n.Tests++
	switch {
	case c.Failure != nil:
		n.Failures++
	case c.Error != nil:
		n.Errors++
	case c.Skipped != nil:
		n.Skipped++
	}
}

// stageCase says what the stage looked at.
func stageCase(s gate.StageReport) junitCase {
	c := junitCase{Name: "stage", Time: seconds(s.Duration), Output: cmp.Or(checked(s.Checked), "nothing") + " checked"}
	if s.Verdict == gate.Skipped {
		c.Skipped, c.Output = &junitOutcome{Message: Terminal(s.Reason)}, ""
	}
	return c
}

// failureCase is what could not be checked.
func (o Options) failureCase(f gate.Failure) junitCase {
	f.Path = o.repository(f.Path)
	first, _, _ := strings.Cut(f.Message, "\n")
	return junitCase{
		Name: strings.TrimPrefix(Terminal(f.Path)+": could not be checked", ": "),
		File: Terminal(f.Path), Line: f.Line, Time: seconds(0),
		Error: &junitOutcome{Message: Terminal(first), Type: "incomplete", Text: strings.TrimRight(o.failure(f), "\n")},
	}
}

// findingCase is a finding. Its name has no line, so that it is the same case
// after an edit above it.
func (o Options) findingCase(f gate.Finding, threshold gate.Severity) junitCase {
	f.Path = o.repository(f.Path)
	what := slices.DeleteFunc([]string{f.Path, f.Object}, func(s string) bool { return s == "" })
	c := junitCase{
		Name: Terminal(fmt.Sprintf("%s: %s (%s)", rules(f), f.Title, strings.Join(what, ", "))),
		File: Terminal(f.Path), Line: f.Line, Time: seconds(0),
	}
	text := strings.TrimRight(o.finding(f, false, map[remark]bool{}), "\n")
	outcome := junitOutcome{Message: Terminal(cmp.Or(f.Message, f.Title, f.Rule)), Type: f.Severity.String()}
	switch {
	case f.Status == gate.Waived:
		outcome.Message, outcome.Type = "waived: "+outcome.Message, ""
		if why := waiver(f); why != "" {
			outcome.Message += " (" + Terminal(why) + ")"
		}
		c.Skipped, c.Output = &outcome, text
	case f.Blocks(threshold):
		outcome.Text = text
		c.Failure = &outcome
	default:
		c.Output = text
	}
	return c
}

// seconds writes milliseconds as JUnit counts time.
func seconds(ms int64) string { return fmt.Sprintf("%d.%03d", ms/1000, ms%1000) }
