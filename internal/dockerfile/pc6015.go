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
			ID:          "PC6015",
			Title:       "an image that writes nothing should say that it runs read-only",
			Severity:    gate.Low,
			Why:         "A container whose root file system is read-only cannot be changed from within. An image without a shell, a package manager and a volume has nothing to write, but nobody who deploys it knows.",
			Bad:         "FROM scratch\nCOPY app /app\nUSER 10001\nENTRYPOINT [\"/app\"]\n",
			Good:        "FROM scratch\nCOPY app /app\nUSER 10001\nLABEL com.example.read-only=\"true\"\nENTRYPOINT [\"/app\"]\n",
			Remediation: "set readOnlyRootFilesystem where it is deployed, and state it in a label whose name ends in read-only",
			Controls:    []string{"cis-docker-5.12", "nist-sp-800-190-4.4.3"},
			URL:         "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
		},
		off:   true,
		check: readOnlyImages,
	})
}

// readOnlyImages looks at images of which it is known that nothing but their own
// program is in them: from scratch, or from the distroless images.
func readOnlyImages(p *pass) {
	if len(p.Stages) == 0 {
		return
	}
	final := p.Stages[len(p.Stages)-1]
	starts := false
	root := final
	for s := final; s != nil; s = s.Base {
		root = s
		for _, in := range s.Instructions {
			switch in.Keyword {
			case "CMD", "ENTRYPOINT":
				starts = true
			case "RUN", "VOLUME":
				return
			case "LABEL":
				if slices.ContainsFunc(in.Pairs, saysReadOnly) {
					return
				}
			}
		}
	}
	base := p.Expand(root.From.Args[0].Value)
	if starts && (base == "scratch" || strings.HasPrefix(base, "gcr.io/distroless/")) {
		p.report(final.From, final.From.Args[0].Span, "nothing in the image writes, and no label says that it runs read-only")
	}
}

func saysReadOnly(pair syntax.Pair) bool {
	name := strings.ToLower(pair.Key)
	return strings.HasSuffix(name, "read-only") || strings.HasSuffix(name, "readonly")
}
