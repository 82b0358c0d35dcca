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
			ID:          "DL3062",
			Title:       "go install must pin versions",
			Severity:    hadolintWarning,
			Why:         "Without a version the build takes whatever the module proxy has, so that two builds of one commit differ and a bad release gets in unseen.",
			Bad:         "FROM golang:1.23\nRUN go install example.com/tool@latest\n",
			Good:        "FROM golang:1.23\nRUN go install example.com/tool@v1.2.3\n",
			Remediation: "write PACKAGE@VERSION",
			Controls:    []string{"cis-docker-4.11", "nist-sp-800-190-4.1.1"},
			URL:         wiki("DL3062"),
		},

		check: func(p *pass) {
			for in := range p.each("RUN") {
				p.reportWords(in, unpinnedGoPackages(in), "go fetches %s without a version")
			}
		},
	})
}

func unpinnedGoPackages(in *syntax.Instruction) arguments {
	var unpinned arguments
	for c := range calls(in, "go") {
		packages := goPackages(c.Args())
		for _, w := range packages {
			_, version, _ := strings.Cut(w.Value, "@")
			local := strings.HasPrefix(w.Value, ".") || strings.HasPrefix(w.Value, "/") || strings.HasSuffix(w.Value, ".go")
			if !local && (version == "" || version == "latest" || version == "none") {
				unpinned = append(unpinned, w)
			}
		}
	}
	return unpinned
}

// goPackages returns the packages that go install, get and run are given; run
// takes one and passes the rest on.
func goPackages(args []syntax.Word) []syntax.Word {
	if len(args) == 0 || !slices.Contains([]string{"install", "get", "run"}, args[0].Value) {
		return nil
	}
	var packages []syntax.Word
	for i := 1; i < len(args); i++ {
		flag, isFlag := strings.CutPrefix(args[i].Value, "-")
		switch {
		case isFlag && slices.Contains(goValued, strings.TrimPrefix(flag, "-")):
			i++
		case isFlag:
		case args[0].Value == "run":
			return []syntax.Word{args[i]}
		default:
			packages = append(packages, args[i])
		}
	}
	return packages
}

// goValued are the flags of go whose value is the next argument.
var goValued = []string{"asmflags", "C", "exec", "gcflags", "ldflags", "mod", "modfile", "o", "overlay", "p", "pkgdir", "tags"}
