package dockerfile

import (
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3020",
			Title:       "COPY must be used for files and folders",
			Severity:    hadolintError,
			Why:         "ADD unpacks archives and fetches URLs, so what it does depends on what a source happens to be; COPY only copies.",
			Bad:         "FROM alpine:3.20\nADD app.conf /etc/app.conf\n",
			Good:        "FROM alpine:3.20\nCOPY app.conf /etc/app.conf\n",
			Remediation: "write COPY in place of ADD",
			Controls:    []string{"cis-docker-4.9"},
			URL:         wiki("DL3020"),
		},
		check: addOfFiles,
	})
}

func addOfFiles(p *pass) {
	for in := range p.each("ADD") {
		if len(in.Args) < 2 {
			continue
		}
		for _, src := range in.Args[:len(in.Args)-1] {
			if !isRemote(src.Value) && !isArchive(src.Value) {
				p.report(in, src.Span, "ADD of %q, which is neither an archive nor a URL", src.Value)
				p.fixAdd(in)
				break
			}
		}
	}
}

// fixAdd makes a COPY of an ADD that needs nothing that COPY does not do.
func (p *pass) fixAdd(in *syntax.Instruction) {
	special := slices.ContainsFunc(in.Args[:len(in.Args)-1], func(src syntax.Word) bool {
		return isRemote(src.Value) || isArchive(src.Value) || strings.Contains(src.Value, "$")
	})
	flags := slices.ContainsFunc(in.Flags, func(f syntax.Flag) bool {
		return !slices.Contains([]string{"chown", "chmod", "link"}, f.Name)
	})
	if !special && !flags {
		p.fix(edit{at: in.Name, text: "COPY"})
	}
}

// isRemote reports whether ADD fetches a source: a URL or a Git repository.
func isRemote(src string) bool {
	return slices.ContainsFunc([]string{"http://", "https://", "git://", "ssh://", "git@"}, func(prefix string) bool {
		return strings.HasPrefix(src, prefix)
	})
}

// archives are the endings of files that ADD may be used for to unpack them.
var archives = []string{
	".tar", ".gz", ".bz2", ".xz", ".zst", ".lz", ".lzma", ".Z",
	".tgz", ".tb2", ".tbz", ".tbz2", ".tz2", ".taz", ".tlz", ".txz", ".tZ", ".tzst",
}

func isArchive(src string) bool {
	return slices.ContainsFunc(archives, func(ending string) bool { return strings.HasSuffix(src, ending) })
}
