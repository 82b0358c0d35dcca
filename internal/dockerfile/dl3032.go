package dockerfile

import (
	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3032",
			Title:       "yum install must be followed by yum clean all",
			Severity:    hadolintWarning,
			Why:         "Packages and metadata that were fetched stay in the layer, make the image larger and are out of date by the time anybody uses them.",
			Bad:         "FROM rockylinux:9\nRUN yum install -y curl-7.76.1\n",
			Good:        "FROM rockylinux:9\nRUN yum install -y curl-7.76.1 && yum clean all\n",
			Remediation: "end the same RUN with yum clean all",
			Controls:    []string{"cis-docker-4.3", "nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3032"),
		},

		check: yumCache,
	})
}

func yumCache(p *pass) {
	for in := range p.each("RUN") {
		p.reportLeft(in, func(c syntax.Command) bool {
			return c.Program() == "yum" && c.HasArg("install")
		}, func(_, c syntax.Command) bool {
			return c.Program() == "yum" && c.HasArg("clean") && c.HasArg("all") || removes(c, "/var/cache/yum")
		}, "clean all")
	}
}
