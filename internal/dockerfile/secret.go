package dockerfile

import (
	"hash/crc32"
	"regexp"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
)

// A secretShape is how the tokens of one issuer look.
type secretShape struct {
	kind    string
	marker  string // what every token has in it
	form    *regexp.Regexp
	genuine func(token string) bool // nil: the form alone tells
}

// secretShapes are the tokens that are known by their beginning. Those with a
// checksum are known for certain.
var secretShapes = []secretShape{
	{"a token of GitHub", "gh", regexp.MustCompile(`\bgh[pousr]_[0-9A-Za-z]{36}\b`), checksum},
	{"a token of GitHub", "github_pat_", regexp.MustCompile(`\bgithub_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}\b`), nil},
	{"a token of npm", "npm_", regexp.MustCompile(`\bnpm_[0-9A-Za-z]{36}\b`), checksum},
	{"an access key of AWS", "A", regexp.MustCompile(`\b(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ANVA|AIPA)[A-Z2-7]{16}\b`), nil},
	{"a token of Slack", "xox", regexp.MustCompile(`\bxox[abeoprs]-[0-9A-Za-z-]{20,}`), nil},
	{"a web hook of Slack", "hooks.slack.com", regexp.MustCompile(`\bhooks\.slack\.com/services/T[0-9A-Z]{8,}/B[0-9A-Z]{8,}/[0-9A-Za-z]{24}\b`), nil},
	{"an API key of Google", "AIza", regexp.MustCompile(`\bAIza[0-9A-Za-z_-]{35}\b`), nil},
	{"a token of GitLab", "glpat-", regexp.MustCompile(`\bglpat-[0-9A-Za-z_-]{20,}`), nil},
	{"a token of PyPI", "pypi-", regexp.MustCompile(`\bpypi-Ag(?:EIcHlwaS5vcmc|ENdGVzdC5weXBpLm9yZw)[0-9A-Za-z_-]{50,}`), nil},
	{"a key of Stripe", "k_live_", regexp.MustCompile(`\b[rs]k_live_[0-9A-Za-z]{16,}\b`), nil},
	{"a key of SendGrid", "SG.", regexp.MustCompile(`\bSG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}`), nil},
	{"a token of Docker Hub", "dckr_pat_", regexp.MustCompile(`\bdckr_pat_[0-9A-Za-z_-]{27}`), nil},
	{"a token of DigitalOcean", "dop_v1_", regexp.MustCompile(`\bdop_v1_[0-9a-f]{64}\b`), nil},
	{"a token of Hugging Face", "hf_", regexp.MustCompile(`\bhf_[0-9A-Za-z]{34}\b`), nil},
	{"a password in a URL", "://", regexp.MustCompile(`[a-z]://[^\s/:@$"']+:([^\s/:@$"']{4,})@`), nil},
	{"a private key", "PRIVATE KEY", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----`), nil},
}

// A secret is a token that stands in an instruction.
type secret struct {
	kind string
	span syntax.Span
	text []string // what no report may show
}

// secretsOf returns the secrets in the instructions of a file, in their order,
// and then those in lines that BuildKit does not take for instructions.
func secretsOf(f *syntax.File) []secret {
	var found []secret
	for _, in := range f.Instructions {
		found = appendSecrets(found, f, in.Span)
	}
	for _, fault := range f.Faults {
		if fault.In == nil {
			found = appendSecrets(found, f, fault.Span)
		}
	}
	return found
}

// appendSecrets adds the secrets in a part of a file.
func appendSecrets(found []secret, f *syntax.File, part syntax.Span) []secret {
	text := f.Text(part)
	for _, shape := range secretShapes {
		if !strings.Contains(text, shape.marker) {
			continue
		}
		for _, at := range shape.form.FindAllStringSubmatchIndex(text, -1) {
			if len(at) > 2 {
				at = at[2:] // the part of it that is secret
			}
			token := text[at[0]:at[1]]
			if placeholder(token) || shape.genuine != nil && !shape.genuine(token) {
				continue
			}
			s := secret{kind: shape.kind, span: syntax.Span{Start: part.Start + at[0], End: part.Start + at[1]}, text: []string{token}}
			if strings.HasSuffix(shape.marker, " KEY") {
				s.text = keyLine.FindAllString(text[at[1]:], -1)
			}
			found = append(found, s)
		}
	}
	return found
}

// keyLine is a line of a private key.
var keyLine = regexp.MustCompile(`[0-9A-Za-z+/=]{20,}`)

// placeholder reports whether a token only shows where one goes: one for
// documents, or one of hardly any different characters.
func placeholder(token string) bool {
	const few = 5
	upper := strings.ToUpper(token)
	different := slices.Compact(slices.Sorted(slices.Values([]byte(token))))
	return strings.HasSuffix(upper, "EXAMPLE") || slices.Contains([]string{"PASSWORD", "PASS", "SECRET", "TOKEN"}, upper) ||
		len(token) > 8 && len(different) <= few
}

// checksum reports whether a token of GitHub or npm ends in the checksum of
// what is before it: CRC-32 in six digits to the base of 62.
func checksum(token string) bool {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	_, body, _ := strings.Cut(token, "_")
	random, want := body[:len(body)-6], body[len(body)-6:]
	var sum [6]byte
	for n, i := crc32.ChecksumIEEE([]byte(random)), len(sum)-1; i >= 0; i-- {
		sum[i] = digits[n%62]
		n /= 62
	}
	return want == string(sum[:])
}

// redact replaces what a text shows of secrets, also of one that was cut short.
func redact(text string, secrets []secret) string {
	for _, s := range secrets {
		for _, token := range s.text {
			text = redactToken(text, token)
		}
	}
	return text
}

func redactToken(text, token string) string {
	const telling = 6 // characters of a secret
	start := token[:min(telling, len(token))]
	var b strings.Builder
	for {
		i := strings.Index(text, start)
		if i < 0 {
			return b.String() + text
		}
		n := len(start)
		for n < len(token) && i+n < len(text) && text[i+n] == token[n] {
			n++
		}
		b.WriteString(text[:i] + "[redacted]")
		text = text[i+n:]
	}
}
