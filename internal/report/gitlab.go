package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A gitlabEntry is an entry of a GitLab Code Quality report.
type gitlabEntry struct {
	Description string      `json:"description"`
	CheckName   string      `json:"check_name"`
	Fingerprint string      `json:"fingerprint"`
	Severity    string      `json:"severity"`
	Location    gitlabPlace `json:"location"`
}

type gitlabPlace struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
}

// gitlabDescription is how many characters of a description are kept: GitLab
// shows it on one line.
const gitlabDescription = 1000

// writeGitLab writes a GitLab Code Quality report. GitLab compares the ones of
// both branches by fingerprint. It knows no stages and no verdict: what could
// not be checked is an entry too, the worst, so that a short list is never
// taken for a clean one.
func writeGitLab(w io.Writer, r gate.Report, o Options) error {
	entries := []gitlabEntry{}
	for _, name := range r.Context.TrustedChanged {
		entries = append(entries, o.gitlabTrusted(name))
	}
	for _, s := range r.Stages {
		for _, f := range failures(s) {
			entries = append(entries, o.gitlabFailure(s.Name, f))
		}
	}
	for _, f := range gate.Ranked(findings(r)...) {
		entries = append(entries, o.gitlabFinding(*f, r.Images))
	}
	return encode(w, entries)
}

// gitlabTrusted is a file that decides about the gate and that the change touches.
func (o Options) gitlabTrusted(name string) gitlabEntry {
	sum := sha256.Sum256([]byte("trusted\x00" + name))
	return gitlabEntry{
		Description: description("this file decides about the gate; the version of the base commit was in force", ""),
		CheckName:   "portcullis/trusted", Fingerprint: hex.EncodeToString(sum[:12]), Severity: "info",
		Location: gitlabAt(o.repository(name), 0),
	}
}

// gitlabFailure is what a stage could not check.
func (o Options) gitlabFailure(stage string, f gate.Failure) gitlabEntry {
	sum := sha256.Sum256([]byte(stage + "\x00" + f.Path + "\x00" + f.Message))
	return gitlabEntry{
		Description: description("not checked: "+f.Message, f.Hint), CheckName: "portcullis/" + Terminal(stage),
		Fingerprint: hex.EncodeToString(sum[:12]), Severity: "blocker", Location: gitlabAt(o.repository(f.Path), f.Line),
	}
}

// gitlabFinding is a finding. GitLab wants a file for each: one of an image
// that no line brought in is at the image's reference.
func (o Options) gitlabFinding(f gate.Finding, images []gate.Image) gitlabEntry {
	e := gitlabEntry{
		Description: description(cmp.Or(f.Message, f.Title, "no message"), f.Hint), CheckName: cmp.Or(Terminal(rules(f)), "no rule"),
		Fingerprint: cmp.Or(Terminal(f.Fingerprint), "none"), Severity: gitlabSeverity(f.Severity),
		Location: gitlabAt(cmp.Or(o.repository(f.Path), Options{}.repository(reference(f, images))), f.Line),
	}
	if f.Status == gate.Waived {
		e.Description = "waived: " + description(cmp.Or(f.Message, f.Title, "no message"), cmp.Or(waiver(f), f.Hint))
		e.Severity = "info"
	}
	return e
}

// gitlabAt is a line of a file of the repository; without a file it is the
// repository itself.
func gitlabAt(path string, line int) gitlabPlace {
	return gitlabPlace{Path: cmp.Or(Terminal(path), "."), Lines: gitlabLines{Begin: max(line, 1)}}
}

// description is a message and the next action on one line.
func description(message, hint string) string {
	if hint != "" {
		message += " (" + hint + ")"
	}
	return cut(strings.Join(lines(message), " "), gitlabDescription, perCharacter)
}

// gitlabSeverity is GitLab's name for a severity, of info, minor, major,
// critical and blocker.
func gitlabSeverity(s gate.Severity) string {
	switch s.Effective() {
	case gate.Critical:
		return "blocker"
	case gate.High:
		return "critical"
	case gate.Medium:
		return "major"
	}
	return "minor"
}
