package workflow

import (
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:       "PC7002",
			Title:    "the gate's failure must fail its job",
			Severity: gate.High,
			Why: "With continue-on-error, or a script that loses the exit code, the job is green whatever the gate says, and what needs the job goes on. " +
				"A script loses it with `|| true`, with a condition or `!`, in the background, in front of && and further commands, after `set +e`, and with a pipe: " +
				"the shell that GitHub starts for a step without `shell:` has no pipefail.",
			Bad:         "on: pull_request\njobs:\n  gate:\n    runs-on: ubuntu-latest\n    steps:\n      - run: portcullis run | tee gate.log\n",
			Good:        "on: pull_request\njobs:\n  gate:\n    runs-on: ubuntu-latest\n    steps:\n      - run: portcullis run | tee gate.log\n        shell: bash\n",
			Remediation: "let the gate's exit code end the step; to let findings pass for a while, raise fail-on in portcullis.yaml",
			URL:         "https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell",
		},
		check: swallowed,
	})
}

// orElse finds a command that goes on after the gate has closed, in a script of
// another language than the shell's, or one that could not be read.
var orElse = regexp.MustCompile(`portcullis["']?\s+run\b(?:\\\r?\n|[^\n;])*\|\|`)

func swallowed(p *pass) {
	for _, g := range p.gates {
		for _, node := range append([]*yaml.Node{g.node}, g.runs...) {
			if key, v := entry(node, "continue-on-error"); key != nil && condition(v.Value) != "false" {
				p.report(key, g.id, "the job is green although the gate is closed")
			}
			if key, v := entry(node, "run"); key != nil && v.Kind == yaml.ScalarNode {
				p.script(g.job, node, key, v)
			}
		}
	}
}

// script looks at the script of a step.
func (p *pass) script(j job, step, key, text *yaml.Node) {
	if o, posix := p.shellOf(j, step); posix {
		lost, err := lostCalls(text.Value, o)
		if errors.Is(err, errTooLarge) {
			p.report(key, j.id, "nobody can say what becomes of the exit code of the gate: the script is %v", err)
			return
		}
		if err == nil {
			for _, l := range lost {
				p.reportAt(p.within(key, text, int(l.pos.Line()), int(l.pos.Col())), j.id, "the exit code of the gate is lost: %s", l.why)
			}
			return
		}
	}
	if orElse.MatchString(text.Value) {
		p.report(key, j.id, "the exit code of the gate is lost: || goes on after it")
	}
}

// within returns where a line and a column, in bytes, of a script stand in the
// file. Only of a literal block (|) each line is one of the file; in any other
// notation the place is that of the key.
func (p *pass) within(key, text *yaml.Node, line, column int) gate.Range {
	at := gate.Range{Line: key.Line, Column: key.Column, EndLine: key.Line, EndColumn: key.Column + len(key.Value)}
	written := strings.Split(text.Value, "\n")[line-1]
	if text.Style&yaml.LiteralStyle == 0 || text.Line+line > len(p.lines) {
		return at
	}
	whole := strings.TrimSuffix(p.lines[text.Line+line-1], "\r")
	indent, found := strings.CutSuffix(whole, written)
	if !found || column > len(written) {
		return at
	}
	at.Line, at.EndLine = text.Line+line, text.Line+line
	at.Column = utf8.RuneCountInString(indent+written[:column-1]) + 1
	at.EndColumn = utf8.RuneCountInString(whole) + 1
	return at
}
