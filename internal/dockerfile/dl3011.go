package dockerfile

import (
	"errors"
	"strconv"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3011",
			Title:       "EXPOSE must name a valid port",
			Severity:    hadolintError,
			Why:         "Ports go from 0 to 65535; the builder refuses others or exposes something else than was meant.",
			Bad:         "FROM alpine:3.20\nEXPOSE 80000\n",
			Good:        "FROM alpine:3.20\nEXPOSE 8080\n",
			Remediation: "name a port from 0 to 65535",
			Controls:    []string{"cis-docker-5.7", "nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3011"),
		},

		check: invalidPorts,
	})
}

func invalidPorts(p *pass) {
	for in := range p.each("EXPOSE") {
		var invalid arguments
		for _, w := range in.Args {
			ports, _, _ := strings.Cut(w.Value, "/")
			for port := range strings.SplitSeq(ports, "-") {
				if n, err := strconv.ParseUint(port, 10, 64); errors.Is(err, strconv.ErrRange) || err == nil && n > 65535 {
					invalid = append(invalid, w)
					break
				}
			}
		}
		p.reportWords(in, invalid, "EXPOSE of %s, above 65535")
	}
}
