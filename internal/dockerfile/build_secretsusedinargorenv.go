package dockerfile

import (
	"regexp"

	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/SecretsUsedInArgOrEnv",
			Title:       "ARG and ENV should not hold secrets",
			Severity:    hadolintWarning,
			Why:         "The value stays in the image and in its history, for everybody who can pull it.",
			Bad:         "FROM alpine:3.20\nENV API_TOKEN=x\n",
			Good:        "FROM alpine:3.20\nRUN --mount=type=secret,id=api_token true\n",
			Remediation: "use RUN --mount=type=secret, and give the running container its secrets from outside",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleSecretsUsedInArgOrEnv.URL,
		},
		docker: true,
		same:   "DL3064",
		check:  secretsInArgOrEnv,
	})
}

// secretWord and harmlessWord are words of a name, as Docker's check knows them.
var (
	secretWord   = regexp.MustCompile(`(?i)(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)`)
	harmlessWord = regexp.MustCompile(`(?i)(?:_|^)(?:public|file|version)(?:_|$)`)
)

func secretsInArgOrEnv(p *pass) {
	for _, in := range p.Instructions {
		if in.Keyword != "ARG" && in.Keyword != "ENV" || in.Refused || in.Stage == nil {
			continue
		}
		for _, pair := range in.Pairs {
			if secretWord.MatchString(pair.Key) && !harmlessWord.MatchString(pair.Key) {
				p.report(in, pair.Span, "%s", linter.RuleSecretsUsedInArgOrEnv.Format(in.Keyword, pair.Key))
			}
		}
	}
}
