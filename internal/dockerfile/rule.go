package dockerfile

import (
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A rule is one check and its documentation. Each stands in a file of its own,
// which registers it; nothing else has to name it.
type rule struct {
	gate.Rule
	off       bool   // runs only where the configuration gives it a severity
	mandatory bool   // neither configuration nor pragma switches it off or lowers it
	docker    bool   // one of Docker's build checks
	same      string // another rule that says the same where both find something
	check     func(*pass)
}

// registry holds the rules by id. It is filled while the program is
// initialised and only read after that.
var registry = map[string]rule{}

// register adds a rule to the registry.
func register(r rule) {
	if _, taken := registry[r.ID]; taken {
		panic("two rules with the id " + r.ID)
	}
	r.Stage, r.Layer = Name, gate.Container
	registry[r.ID] = r
}

// The severities of hadolint on the scale of portcullis. Its "style" is low as
// well, and its "ignore" is a rule that is off.
const (
	hadolintError   = gate.High
	hadolintWarning = gate.Medium
	hadolintInfo    = gate.Low
)

// wiki returns the page that documents one of hadolint's rules.
func wiki(id string) string { return "https://github.com/hadolint/hadolint/wiki/" + id }

// Rules returns the documentation of every rule, sorted by id. One of them, SC,
// stands for all checks of ShellCheck.
func Rules() []gate.Rule {
	rules := append(make([]gate.Rule, 0, len(registry)+1), shellRule)
	for _, r := range registry {
		rules = append(rules, r.Rule)
	}
	slices.SortFunc(rules, func(a, b gate.Rule) int { return strings.Compare(a.ID, b.ID) })
	return rules
}
