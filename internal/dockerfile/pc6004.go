package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "PC6004",
			Title:       "programs must not be given the setuid bit",
			Severity:    gate.Medium,
			Why:         "A setuid program runs as its owner, mostly root, whoever starts it: a fault in it is a way to root for every process of the container.",
			Bad:         "FROM debian:12\nRUN chmod u+s /usr/local/bin/backup\n",
			Good:        "FROM debian:12\nRUN chmod 0755 /usr/local/bin/backup\n",
			Remediation: "drop the bit, and give the container the one capability that the program needs",
			Controls:    []string{"cis-docker-4.8", "nist-sp-800-190-4.1.2"},
			URL:         "https://docs.docker.com/build/building/best-practices/#user",
		},
		check: setuidPrograms,
	})
}

func setuidPrograms(p *pass) {
	for in := range p.each("RUN", "COPY", "ADD") {
		for _, m := range fileModes(in) {
			if n, octal := m.octal(); octal && n&setuid != 0 || !octal && m.grants("ua", "s") {
				p.report(in, m.at, "mode %q sets the setuid bit", m.text)
				break
			}
		}
	}
}
