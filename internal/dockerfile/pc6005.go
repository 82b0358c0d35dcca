package dockerfile

import (
	"net/url"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "PC6005",
			Title:       "ADD of a URL must give a checksum",
			Severity:    gate.Medium,
			Why:         "The builder takes whatever the server sends on the day of the build; with a checksum it refuses anything but the file that was reviewed.",
			Bad:         "FROM debian:12\nADD https://example.com/tool.tar.gz /tmp/\n",
			Good:        "FROM debian:12\nADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/tool.tar.gz /tmp/\n",
			Remediation: "add --checksum=sha256:… with the sum that sha256sum prints for the file",
			Controls:    []string{"cis-docker-4.11", "nist-sp-800-190-4.1.1"},
			URL:         "https://docs.docker.com/reference/dockerfile/#add---checksum",
		},
		check: addWithoutChecksum,
	})
}

func addWithoutChecksum(p *pass) {
	for in := range p.each("ADD") {
		if sum, _ := in.Flag("checksum"); sum.Value != "" || len(in.Args) < 2 {
			continue
		}
		for _, src := range in.Args[:len(in.Args)-1] {
			if isDownload(src.Value) {
				p.report(in, src.Span, "ADD of %q without --checksum", shorten(src.Value))
				break
			}
		}
	}
}

// isDownload reports whether ADD fetches a source as a file: a Git repository
// is named by the commit in its fragment.
func isDownload(src string) bool {
	if !strings.HasPrefix(src, "http://") && !strings.HasPrefix(src, "https://") {
		return false
	}
	u, err := url.Parse(src)
	return err != nil || !strings.HasSuffix(u.Path, ".git")
}
