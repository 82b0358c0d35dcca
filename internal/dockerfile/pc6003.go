package dockerfile

import (
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "PC6003",
			Title:       "files must not be writable for everybody",
			Severity:    gate.Medium,
			Why:         "Any process in the container, whatever its user, may then replace programs and configuration that others rely on.",
			Bad:         "FROM debian:12\nRUN chmod -R 777 /app\n",
			Good:        "FROM debian:12\nRUN chown -R 10001 /app && chmod -R u=rwX,go=rX /app\n",
			Remediation: "give the files to the user that writes them, and others only the right to read",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         "https://docs.docker.com/build/building/best-practices/#user",
		},
		check: writableForAll,
	})
}

// writableForAll accepts the mode of /tmp, where the sticky bit protects files
// from other users.
func writableForAll(p *pass) {
	for in := range p.each("RUN", "COPY", "ADD") {
		for _, m := range fileModes(in) {
			n, octal := m.octal()
			if octal && n&writeForAll != 0 && n&sticky == 0 || !octal && m.grants("ao", "w") && !strings.Contains(m.text, "t") {
				p.report(in, m.at, "mode %q lets everybody write", m.text)
				break
			}
		}
	}
}
