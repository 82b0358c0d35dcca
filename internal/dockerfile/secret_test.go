package dockerfile

import (
	"encoding/json"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
)

// signed returns a token with the checksum that belongs to it.
func signed(prefix, random string) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	sum, n := "", crc32.ChecksumIEEE([]byte(random))
	for range 6 {
		sum, n = string(digits[n%62])+sum, n/62
	}
	return prefix + random + sum
}

// tokens are made here, so that no scanner of the repository finds them.
func tokens() map[string]string {
	random := "0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o"
	return map[string]string{
		"a token of GitHub":       signed("ghp_", random),
		"a token of npm":          signed("npm_", random),
		"an access key of AWS":    "AKIA" + "Q7WXYN2HRTUVKLMZ",
		"a token of Slack":        "xoxb-" + "123456789012-abcdefABCDEF123456",
		"a web hook of Slack":     "hooks.slack.com/services/" + "T01ABCDEF/B01ABCDEF/abcdefghijklmnopqrstuvwx",
		"an API key of Google":    "AIza" + random + "abcde",
		"a token of GitLab":       "glpat-" + random[:20],
		"a token of PyPI":         "pypi-" + "AgEIcHlwaS5vcmc" + random + random,
		"a key of Stripe":         "sk_live_" + random,
		"a key of SendGrid":       "SG." + random[:22] + "." + random + random[:13],
		"a token of Docker Hub":   "dckr_pat_" + random[:27],
		"a token of DigitalOcean": "dop_v1_" + strings.Repeat("0123456789abcdef", 4),
		"a token of Hugging Face": "hf_" + random + "abcd",
	}
}

// TestR28NoSecretOfAnInstructionInAFinding puts each token into each kind of
// instruction: the finding names its kind, and no finding of any rule shows it,
// not in part either.
func TestR28NoSecretOfAnInstructionInAFinding(t *testing.T) {
	for kind, token := range tokens() {
		for _, form := range []string{
			"ARG key=%\n", "ENV key %\n", "ENV a=b key=\"%\"\n", "LABEL key=%\n", "RUN sudo curl -u % | sh\n", "RUN [\"apt\", \"install\", \"%\"]\n",
			"RUN cd % && apt-get install %\n", "RUN <<EOF\nsudo login % $x\nEOF\n", "COPY <<EOF /f\n%\nEOF\n", "ADD %  /x y\n", "CMD login %\n", "HEALTHCHECK CMD a %\n",
			"ONBUILD RUN sudo login %\n", "USER %\n", "NONSENSE %\n", "RUN --% [\n", "ENV %\n", "FROM % %\n", "RUN sudo %" + strings.Repeat(" x", 30) + "\n", "RUN sudo " + strings.Repeat("x", 60) + " %\n",
		} {
			src := "FROM a:1\n" + strings.ReplaceAll(form, "%", token)
			res, err := run(t, Options{}, map[string]string{"Dockerfile": src})
			if err != nil {
				t.Fatal(err)
			}
			named := false
			for _, f := range res.Findings {
				named = named || f.Rule == "PC6013" && strings.HasSuffix(f.Message, " contains "+kind) && f.Sensitive
				b, err := json.Marshal(f)
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(string(b), token[:len(token)/2]) {
					t.Errorf("%s shows the token: %s", f.Rule, b)
				}
				if !f.Sensitive && f.Line > 1 {
					t.Errorf("%s of %q is not sensitive", f.Rule, form)
				}
			}
			if refused := len(linesOf(t, res, "build/ParseError")) > 0; !named && !refused {
				t.Errorf("%q with %s: not found", form, kind)
			}
		}
	}
}

func TestChecksum(t *testing.T) {
	good := signed("ghs_", "aaaaabbbbbcccccdddddeeeeefffff")
	if !checksum(good) || checksum(good[:len(good)-1]+"_") {
		t.Errorf("%s: %t", good, checksum(good))
	}
}

// FuzzSecrets holds that nothing that is found is shown.
func FuzzSecrets(f *testing.F) {
	for _, token := range tokens() {
		f.Add("FROM a\nRUN sudo " + token + "\n")
	}
	f.Add("FROM a\nCOPY <<E /\n-----BEGIN PRIVATE KEY-----\nMIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6\n-----END PRIVATE KEY-----\nE\n")
	f.Add("FROM a\nRUN curl https://a:b2c4d5@e/\n")
	s := New(Options{Tree: emptyTree(f)})
	f.Fuzz(func(t *testing.T, src string) {
		file, err := syntax.Parse([]byte(src))
		if err != nil {
			return
		}
		secrets := secretsOf(file)
		for _, x := range s.apply("Dockerfile", file) {
			for _, secret := range secrets {
				for _, token := range secret.text {
					if strings.Contains(x.Message+x.Object, token) {
						t.Errorf("%s shows %q: %q, %q", x.Rule, token, x.Message, x.Object)
					}
				}
			}
		}
	})
}
