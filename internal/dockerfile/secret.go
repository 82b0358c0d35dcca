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
	markers []string // every token has one of them in it
	form    *regexp.Regexp
	genuine func(token string) bool // nil: the form alone tells
}

// secretShapes are the tokens that are known by their beginning. Those with a
// checksum are known for certain.
var secretShapes = []secretShape{
	{kind: "a token of GitHub", markers: []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_"}, form: regexp.MustCompile(`\bgh[pousr]_[0-9A-Za-z]{36}\b`), genuine: checksum},
	{kind: "a token of GitHub", markers: []string{"github_pat_"}, form: regexp.MustCompile(`\bgithub_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}\b`)},
	{kind: "a token of npm", markers: []string{"npm_"}, form: regexp.MustCompile(`\bnpm_[0-9A-Za-z]{36}\b`), genuine: checksum},
	{kind: "an access key of AWS", markers: []string{"AKIA", "ASIA", "AGPA", "AIDA", "AROA", "ANPA", "ANVA", "AIPA"}, form: regexp.MustCompile(`\b(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ANVA|AIPA)[A-Z2-7]{16}\b`)},
	{kind: "a token of Slack", markers: []string{"xox"}, form: regexp.MustCompile(`\bxox[abeoprs]-[0-9A-Za-z-]{20,}`)},
	{kind: "a web hook of Slack", markers: []string{"hooks.slack.com"}, form: regexp.MustCompile(`\bhooks\.slack\.com/services/T[0-9A-Z]{8,}/B[0-9A-Z]{8,}/[0-9A-Za-z]{24}\b`)},
	{kind: "an API key of Google", markers: []string{"AIza"}, form: regexp.MustCompile(`\bAIza[0-9A-Za-z_-]{35}\b`)},
	{kind: "a token of GitLab", markers: []string{"glpat-"}, form: regexp.MustCompile(`\bglpat-[0-9A-Za-z_-]{20,}`)},
	{kind: "a token of PyPI", markers: []string{"pypi-"}, form: regexp.MustCompile(`\bpypi-Ag(?:EIcHlwaS5vcmc|ENdGVzdC5weXBpLm9yZw)[0-9A-Za-z_-]{50,}`)},
	{kind: "a key of Stripe", markers: []string{"k_live_"}, form: regexp.MustCompile(`\b[rs]k_live_[0-9A-Za-z]{16,}\b`)},
	{kind: "a key of SendGrid", markers: []string{"SG."}, form: regexp.MustCompile(`\bSG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}`)},
	{kind: "a token of Docker Hub", markers: []string{"dckr_pat_"}, form: regexp.MustCompile(`\bdckr_pat_[0-9A-Za-z_-]{27}`)},
	{kind: "a token of DigitalOcean", markers: []string{"dop_v1_"}, form: regexp.MustCompile(`\bdop_v1_[0-9a-f]{64}\b`)},
	{kind: "a token of Hugging Face", markers: []string{"hf_"}, form: regexp.MustCompile(`\bhf_[0-9A-Za-z]{34}\b`)},
	{kind: "a password in a URL", markers: []string{"://"}, form: regexp.MustCompile(`[a-z]://[^\s/:@$"']+:([^\s/:@$"']{4,})@`)},
	{kind: privateKey, markers: []string{"PRIVATE KEY"}, form: regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----`)},
}

const privateKey = "a private key"

// A secret is a token that stands in an instruction.
type secret struct {
	kind string
	span syntax.Span
	text []string // what no report may show
}

// secretsOf returns the secrets in the instructions of a file, in their order,
// and then those in lines that BuildKit does not take for instructions.
func secretsOf(f *syntax.File) []secret {
	whole := f.Text(syntax.Span{End: f.Size()})
	var shapes []*secretShape
	for i := range secretShapes {
		if shape := &secretShapes[i]; slices.ContainsFunc(shape.markers, func(m string) bool { return strings.Contains(whole, m) }) {
			shapes = append(shapes, shape)
		}
	}
	if len(shapes) == 0 {
		return nil
	}
	var found []secret
	for _, in := range f.Instructions {
		found = appendSecrets(found, shapes, f, in.Span)
	}
	for _, fault := range f.Faults {
		if fault.In == nil {
			found = appendSecrets(found, shapes, f, fault.Span)
		}
	}
	return found
}

// appendSecrets adds the secrets in a part of a file.
func appendSecrets(found []secret, shapes []*secretShape, f *syntax.File, part syntax.Span) []secret {
	text := f.Text(part)
	for _, shape := range shapes {
		for _, at := range shape.form.FindAllStringSubmatchIndex(text, -1) {
			if len(at) > 2 {
				at = at[2:] // the part of it that is secret
			}
			token := text[at[0]:at[1]]
			if placeholder(token) || shape.genuine != nil && !shape.genuine(token) {
				continue
			}
			s := secret{kind: shape.kind, span: syntax.Span{Start: part.Start + at[0], End: part.Start + at[1]}, text: []string{token}}
			if shape.kind == privateKey {
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
