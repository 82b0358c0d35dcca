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
			ID:          "DL3010",
			Title:       "ADD should be used to unpack a local archive",
			Severity:    hadolintInfo,
			Why:         "COPY puts the archive into a layer of its own, where it stays when the files are unpacked or it is deleted later.",
			Bad:         "FROM alpine:3.20\nCOPY app.tar.gz /app/\nRUN tar -xzf /app/app.tar.gz\n",
			Good:        "FROM alpine:3.20\nADD app.tar.gz /app/\n",
			Remediation: "write ADD, which unpacks the archive",
			Controls:    []string{"cis-docker-4.3", "nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3010"),
		},

		check: copiedArchives,
	})
}

func copiedArchives(p *pass) {
	for _, stage := range p.Stages {
		for _, instructions := range sequences(stage) {
			unpacked := map[string]bool{} // names of archives that a later RUN unpacks
			var found []func()
			for _, in := range slices.Backward(instructions) {
				for c := range calls(in, "tar", "unzip", "gunzip", "bunzip2", "unxz", "unlzma", "zcat", "gzcat", "7z", "uncompress", "untar") {
					if c.Program() != "tar" || extracts(c) {
						for _, w := range c.Args() {
							unpacked[baseName(w.Value)] = true
						}
					}
				}
				if w, ok := copiedArchive(in, unpacked); ok {
					found = append(found, func() { p.report(in, w.Span, "the archive %q is unpacked by a later RUN", w.Value) })
				}
			}
			for _, report := range slices.Backward(found) {
				report()
			}
		}
	}
}

// extracts reports whether tar is called to unpack, also as "tar xf".
func extracts(c syntax.Command) bool {
	args := c.Args()
	return c.HasFlag("x", "extract", "get") || len(args) > 0 && !strings.HasPrefix(args[0].Value, "-") && strings.Contains(args[0].Value, "x") &&
		!strings.ContainsAny(args[0].Value, "./")
}

// copiedArchive returns the archive that a COPY puts into the image under a
// name that is unpacked.
func copiedArchive(in *syntax.Instruction, unpacked map[string]bool) (syntax.Word, bool) {
	if _, from := in.Flag("from"); in.Keyword != "COPY" || from || len(in.Args) < 2 {
		return syntax.Word{}, false
	}
	dst := in.Args[len(in.Args)-1]
	for _, src := range in.Args[:len(in.Args)-1] {
		// As written: in a path of Windows the backslash is no escape character.
		if isArchive(strings.Trim(src.Raw, `"'`)) && (unpacked[baseName(src.Raw)] || unpacked[baseName(dst.Raw)]) {
			return src, true
		}
	}
	return syntax.Word{}, false
}

// baseName returns the last part of a path of either kind.
func baseName(path string) string {
	path = strings.Trim(path, `"'`)
	return path[strings.LastIndexAny(path, `/\`)+1:]
}
