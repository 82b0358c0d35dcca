package dockerfile

import (
	"slices"
	"strconv"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "PC6007",
			Title:       "an unprivileged user should not listen on a port below 1024",
			Severity:    gate.Low,
			Why:         "Where the runtime does not lower the limit, only root may open such a port: the container does not start there, or is given more rights than it needs.",
			Bad:         "FROM debian:12\nEXPOSE 80\nUSER 10001\n",
			Good:        "FROM debian:12\nEXPOSE 8080\nUSER 10001\n",
			Remediation: "listen on a port from 1024 on, and map the public one to it",
			Controls:    []string{"cis-docker-5.7", "nist-sp-800-190-4.1.2"},
			URL:         "https://docs.docker.com/reference/dockerfile/#expose",
		},
		check: privilegedPorts,
	})
}

// privilegedPorts finds nothing where setcap gives a program the right to open
// such a port.
func privilegedPorts(p *pass) {
	if len(p.Stages) == 0 {
		return
	}
	final := p.Stages[len(p.Stages)-1]
	var user string
	for _, in := range final.Instructions {
		switch {
		case strings.Contains(in.Text, "setcap"):
			return
		case in.Keyword == "USER" && len(in.Args) > 0:
			user, _, _ = strings.Cut(in.Args[0].Value, ":")
		}
	}
	if slices.Contains([]string{"", "root", "0"}, user) || strings.Contains(user, "$") {
		return
	}
	for _, in := range final.Instructions {
		var low arguments
		if in.Keyword == "EXPOSE" {
			low = slices.DeleteFunc(slices.Clone(in.Args), func(w syntax.Word) bool { return !privileged(w.Value) })
		}
		p.reportWords(in, low, "the user "+strings.ReplaceAll(strconv.Quote(user), "%", "%%")+" may not everywhere listen on %s")
	}
}

// privileged reports whether a port, or the first of a range, is below 1024.
func privileged(expose string) bool {
	ports, _, _ := strings.Cut(expose, "/")
	first, _, _ := strings.Cut(ports, "-")
	n, err := strconv.ParseUint(first, 10, 16)
	return err == nil && n > 0 && n < 1024
}
