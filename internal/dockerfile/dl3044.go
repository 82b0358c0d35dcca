package dockerfile

import (
	"regexp"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3044",
			Title:       "ENV must not use a variable that it sets itself",
			Severity:    hadolintError,
			Why:         "All values of one ENV are taken from before it: the variable is empty there, or has the value that the base image gives it.",
			Bad:         "FROM alpine:3.20\nENV HOME_DIR=/app BIN=$HOME_DIR/bin\n",
			Good:        "FROM alpine:3.20\nENV HOME_DIR=/app\nENV BIN=$HOME_DIR/bin\n",
			Remediation: "set the variable in an ENV of its own, above",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3044"),
		},

		check: selfReferences,
	})
}

func selfReferences(p *pass) {
	for in := range p.each("ENV") {
		set := map[string]bool{}
		for _, pair := range in.Pairs {
			_, defined := in.Lookup(pair.Key)
			set[pair.Key] = !defined
		}
		for _, pair := range in.Pairs {
			_, raw, _ := strings.Cut(p.Text(pair.Span), "=")
			if name := usedVariable(raw, set); name != "" && name != pair.Key {
				p.report(in, pair.Span, "ENV uses %q, which the same ENV sets", name)
				break
			}
		}
	}
}

// reference is a variable in a value, or an escaped dollar sign.
var reference = regexp.MustCompile(`[\\` + "`" + `]\$|\$(?:\{([A-Za-z_][A-Za-z0-9_]*)|([A-Za-z_][A-Za-z0-9_]*))`)

// usedVariable returns the first variable of a value, quotes included, that is
// in the set.
func usedVariable(value string, set map[string]bool) string {
	if strings.HasPrefix(value, "'") {
		return ""
	}
	for _, m := range reference.FindAllStringSubmatch(value, -1) {
		if name := m[1] + m[2]; set[name] {
			return name
		}
	}
	return ""
}
