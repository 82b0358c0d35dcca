package helm

import (
	"context"
	"maps"
	"slices"
	"strings"
	"text/template"
	"time"
)

// epoch is what templates get for the time of day: two renderings of the same
// files are the same.
var epoch = time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)

// functions returns what takes the place of Helm's functions: those that look
// at the clock or make random values return fixed ones, and those that make
// much of little refuse to.
func functions(ctx context.Context, l limits, m *marks) template.FuncMap {
	f := template.FuncMap{
		tickFunc:  func() (string, error) { return "", context.Cause(ctx) },
		weighFunc: l.weigh,
		guardFunc: func(text string) string { return instrument("tpl", text, nil) },
	}
	if m != nil {
		f[markFunc], f[cleanFunc] = m.mark, m.clean
	}
	maps.Copy(f, fixed(l))
	maps.Copy(f, l.bounded())
	return f
}

// A certificate is what the functions that make keys return.
type certificate struct{ Cert, Key string }

const fixedText = "generated-when-it-is-installed"

// fixed are the functions whose results differ from one call to the next.
func fixed(l limits) template.FuncMap {
	random := func(length int) (string, error) {
		if length < 0 || length > l.output {
			return "", errLarge(l.output)
		}
		return strings.Repeat("x", length), nil
	}
	pair := func(...any) certificate { return certificate{Cert: fixedText, Key: fixedText} }
	text := func(...any) string { return fixedText }
	f := template.FuncMap{
		"now":     func() time.Time { return epoch },
		"ago":     func(any) string { return "0s" },
		"shuffle": func(s string) string { return s },
		"randInt": func(least, _ int) int { return least },
		"randNumeric": func(length int) (string, error) {
			s, err := random(length)
			return strings.ReplaceAll(s, "x", "1"), err
		},
		"uuidv4":       func() string { return "00000000-0000-4000-8000-000000000000" },
		"keys":         keys,
		"values":       values,
		"htpasswd":     func(user, _ string) string { return user + ":" + fixedText },
		"randAlphaNum": random, "randAlpha": random, "randAscii": random, "randBytes": random,
	}
	for _, name := range []string{"genCA", "genCAWithKey", "genSelfSignedCert", "genSelfSignedCertWithKey", "genSignedCert",
		"genSignedCertWithKey", "buildCustomCert"} {
		f[name] = pair
	}
	for _, name := range []string{"genPrivateKey", "bcrypt", "derivePassword", "encryptAES"} {
		f[name] = text
	}
	return f
}

// keys returns the keys of mappings in their order, and not in a random one.
func keys(mappings ...map[string]any) []string {
	all := []string{}
	for _, m := range mappings {
		all = append(all, slices.Sorted(maps.Keys(m))...)
	}
	return all
}

func values(m map[string]any) []any {
	all := []any{}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		all = append(all, m[key])
	}
	return all
}
