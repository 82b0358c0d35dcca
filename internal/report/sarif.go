package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	// sarifResults is how many results of a run GitHub keeps; it rejects the
	// file when there are five times as many. Ours are the worst.
	sarifResults = 5000
	sarifMessage = 4096 // characters of a message
)

// writeSARIF writes SARIF 2.1.0 as GitHub code scanning takes it: one run for
// each stage, in a category of its own, so that stages replace only their own
// alerts. A stage that was skipped has a run without results, which closes its
// alerts; one that could not decide says that its execution was not successful.
//
// GitHub recognises an alert by rule and primaryLocationLineHash, which its REST
// API does not work out: see [alertIDs].
func writeSARIF(w io.Writer, r gate.Report, o Options) error {
	log := sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{}}
	for _, s := range r.Stages {
		log.Runs = append(log.Runs, o.run(r, s))
	}
	if trusted := trustedChanged(r.Context, Terminal); trusted != "" && len(log.Runs) > 0 {
		first := &log.Runs[0].Invocations[0]
		first.Notifications = slices.Insert(first.Notifications, 0, sarifNotification{
			Level: "warning", Message: sarifText{Text: sentence(trusted, "")},
		})
	}
	return encode(w, log)
}

// run is the run of a stage.
func (o Options) run(r gate.Report, s gate.StageReport) sarifRun {
	limit := cmp.Or(o.Limit, sarifResults)
	findings := rankedAll(s.Findings)
	omitted := max(len(findings)-limit, 0)
	findings = findings[:len(findings)-omitted]
	docs := o.sarifRules(findings)
	run := sarifRun{
		Tool: sarifTool{Driver: sarifDriver{
			Name: "portcullis", Version: Terminal(r.Tool.Version), Rules: docs.list,
		}},
		AutomationDetails: sarifID{ID: "portcullis/" + segment(s.Name) + "/"},
		Invocations:       []sarifInvocation{o.invocation(s, omitted)},
		ColumnKind:        "utf16CodeUnits",
		Results:           []sarifResult{},
		Properties: map[string]string{
			"verdict": s.Verdict.String(), "threshold": r.Threshold.Effective().String(), "commit": Terminal(r.Context.SHA),
		},
	}
	ids := alertIDs(findings)
	for i, f := range findings {
		result := o.result(f, r.Images)
		result.PartialFingerprints = map[string]string{"primaryLocationLineHash": ids[i], "portcullis/v1": fingerprint(f)}
		result.RuleID = ruleID(f.Rule)
		result.RuleIndex = docs.index[result.RuleID]
		run.Results = append(run.Results, result)
	}
	return run
}

// invocation says whether the stage could do its work, and what kept it from it.
func (o Options) invocation(s gate.StageReport, omitted int) sarifInvocation {
	inv := sarifInvocation{ExecutionSuccessful: s.Verdict != gate.Error}
	for _, f := range failures(s) {
		n := sarifNotification{Level: "error", Message: sarifText{Text: sentence(f.Message, f.Hint)}}
		if f.Path != "" {
			n.Locations = []sarifLocation{o.location(f.Location, "")}
		}
		inv.Notifications = append(inv.Notifications, n)
	}
	for _, note := range s.Notes {
		inv.Notifications = append(inv.Notifications, sarifNotification{Level: "note", Message: sarifText{Text: sentence(note, "")}})
	}
	if omitted > 0 {
		inv.Notifications = append(inv.Notifications, sarifNotification{
			Level:   "warning",
			Message: sarifText{Text: plural(omitted, "less severe result is", "less severe results are") + " left out of this file"},
		})
	}
	return inv
}

// result is a finding; the rule is filled in by its caller.
func (o Options) result(f gate.Finding, images []gate.Image) sarifResult {
	res := sarifResult{
		Level:   sarifLevelOf(f.Severity),
		Message: sarifText{Text: sentence(cmp.Or(f.Message, f.Title, f.Rule), f.Hint)},
		Locations: []sarifLocation{
			o.location(gate.Location{Path: cmp.Or(f.Path, reference(f, images)), Range: f.Range}, f.Source),
		},
		Properties: map[string]string{
			"severity": f.Severity.String(), "status": f.Status.String(), "precision": f.Precision.String(),
		},
	}
	for name, value := range map[string]string{"object": f.Object, "also": strings.Join(f.Also, ", "), "image": f.Image} {
		if value != "" {
			res.Properties[name] = Terminal(value)
		}
	}
	if f.Status == gate.Waived {
		res.Suppressions = []sarifSuppression{{Kind: "external", Justification: Terminal(waiver(f))}}
	}
	return res
}

// alertIDs returns what GitHub is to recognise each result by: the hash of its
// line, which is what GitHub's upload action would work out, so that an alert
// stays the same when lines above it come and go and whoever uploads the file.
// Several findings of one rule on one line would be one alert, as packages of
// one base image are on its FROM: from the second on each has its fingerprint,
// and so has a finding whose line is not known.
func alertIDs(findings []gate.Finding) []string {
	type alert struct{ rule, path, hash string }
	order := make([]int, len(findings))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(findings[a].Fingerprint, findings[b].Fingerprint) })
	ids, taken := make([]string, len(findings)), map[alert]bool{}
	for _, i := range order {
		f := findings[i]
		a := alert{rule: f.Rule, path: f.Path, hash: f.LineHash}
		if f.LineHash == "" || taken[a] {
			ids[i] = fingerprint(f)
			continue
		}
		ids[i], taken[a] = Terminal(f.LineHash), true
	}
	return ids
}

// fingerprint is that of a finding with a colon before the number that tells
// equal ones apart, as GitHub's own have.
func fingerprint(f gate.Finding) string { return strings.Replace(Terminal(f.Fingerprint), "/", ":", 1) }

// sentence is a message with the next action below it.
func sentence(message, hint string) string {
	if hint != "" {
		message += "\n" + hint
	}
	return cmp.Or(cut(MessageText(message), sarifMessage, perCharacter), "no message")
}

// reference names what a finding without a file is about: SARIF wants a
// location for every result.
func reference(f gate.Finding, images []gate.Image) string {
	for _, image := range images {
		if image.Digest == f.Image {
			return image.Reference
		}
	}
	return "image"
}

// sarifLevelOf is GitHub's level for a severity.
func sarifLevelOf(s gate.Severity) string {
	switch s.Effective() {
	case gate.Critical, gate.High:
		return "error"
	case gate.Medium:
		return "warning"
	}
	return "note"
}

// securitySeverity is a score in the middle of GitHub's range for a severity.
func securitySeverity(s gate.Severity) string {
	return fmt.Sprintf("%.1f", map[gate.Severity]float64{
		gate.Critical: 9.5, gate.High: 8, gate.Medium: 5.5, gate.Low: 2,
	}[s.Effective()])
}
