package dockerfile

import (
	"slices"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3046",
			Title:       "useradd of a high user id needs --no-log-init",
			Severity:    hadolintWarning,
			Why:         "useradd makes room for every lower id in /var/log/lastlog: the file grows to gigabytes, and the layer with it.",
			Bad:         "FROM debian:12\nRUN useradd -u 1000000 app\n",
			Good:        "FROM debian:12\nRUN useradd --no-log-init -u 1000000 app\n",
			Remediation: "add --no-log-init, or choose an id of at most five digits",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3046"),
		},

		check: highUserIDs,
	})
}

func highUserIDs(p *pass) {
	for in := range p.each("RUN") {
		for c := range calls(in, "useradd") {
			options := c.Options(useraddValued...)
			silent := slices.ContainsFunc(options, func(o syntax.Option) bool { return o.Name == "l" || o.Name == "no-log-init" })
			uid := slices.IndexFunc(options, func(o syntax.Option) bool { return o.Name == "u" || o.Name == "uid" })
			if !silent && uid >= 0 && len(options[uid].Value) > 5 {
				p.report(in, options[uid].Word.Span, "useradd with the user id %q and without --no-log-init", options[uid].Value)
				if !in.JSON {
					p.fix(after(c.Words[0], " --no-log-init"))
				}
				break
			}
		}
	}
}

// useraddValued are the flags of useradd that take a value.
var useraddValued = []string{
	"b", "base-dir", "c", "comment", "d", "home-dir", "e", "expiredate", "f", "inactive", "g", "gid", "G", "groups",
	"k", "skel", "K", "key", "p", "password", "R", "root", "s", "shell", "u", "uid", "Z", "selinux-user",
}
