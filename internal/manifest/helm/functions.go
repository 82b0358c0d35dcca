package helm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
)

// Epoch is what templates get for the time of day: two renderings of the same
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

// bounded are the functions whose result can be much larger than what they are
// given.
func (l limits) bounded() template.FuncMap {
	original := sprig.TxtFuncMap()
	guard := func(size int) error {
		if size < 0 || size > l.output {
			return errLarge(l.output)
		}
		return nil
	}
	product := func(a, b int) error {
		if a > 0 && b > l.output/a {
			return errLarge(l.output)
		}
		return nil
	}
	f := template.FuncMap{
		"repeat": func(count int, s string) (string, error) {
			if err := errors.Join(guard(count), product(count, len(s))); err != nil {
				return "", err
			}
			return strings.Repeat(s, count), nil
		},
		"until": func(count int) ([]int, error) {
			if err := guard(max(count, -count) * 8); err != nil {
				return nil, err
			}
			return original["until"].(func(int) []int)(count), nil
		},
		"untilStep": func(start, stop, step int) ([]int, error) {
			if err := guard(steps(start, stop, step) * 8); err != nil {
				return nil, err
			}
			return original["untilStep"].(func(int, int, int) []int)(start, stop, step), nil
		},
		"seq": func(params ...int) (string, error) {
			if len(params) > 0 {
				first, step, last := 1, 1, params[len(params)-1]
				if len(params) > 1 {
					first = params[0]
				}
				if len(params) > 2 {
					step = params[1]
				}
				if err := guard(max(steps(first, last, step), steps(last, first, step)) * 8); err != nil {
					return "", err
				}
			}
			return original["seq"].(func(...int) string)(params...), nil
		},
		"replace": func(old, to, s string) (string, error) {
			if err := product(strings.Count(s, old)+1, len(to)); err != nil {
				return "", err
			}
			return strings.ReplaceAll(s, old, to), nil
		},
		"join": func(sep string, list any) (string, error) {
			parts := original["toStrings"].(func(any) []string)(list)
			if err := product(len(parts), len(sep)); err != nil {
				return "", err
			}
			return strings.Join(parts, sep), nil
		},
		"printf": func(format string, args ...any) (string, error) {
			if err := guard(widths(format, args)); err != nil {
				return "", err
			}
			return fmt.Sprintf(format, args...), nil
		},
	}
	for _, name := range []string{"indent", "nindent"} {
		f[name] = func(spaces int, s string) (string, error) {
			if err := errors.Join(guard(spaces), product(strings.Count(s, "\n")+1, spaces)); err != nil {
				return "", err
			}
			return original[name].(func(int, string) string)(spaces, s), nil
		}
	}
	f["wrapWith"] = func(width int, sep, s string) (string, error) {
		if err := product(len(s)+1, len(sep)); err != nil {
			return "", err
		}
		return original["wrapWith"].(func(int, string, string) string)(width, sep, s), nil
	}
	for _, name := range []string{"regexReplaceAll", "regexReplaceAllLiteral"} {
		replace := func(expression, s, to string) (string, error) {
			if err := product(len(s)+1, len(to)); err != nil {
				return "", err
			}
			must := "mustR" + name[1:]
			return original[must].(func(string, string, string) (string, error))(expression, s, to)
		}
		f[name], f["mustR"+name[1:]] = replace, replace
	}
	return f
}

// steps counts the numbers from one to another, at least 0 and without overflow
// for what is beyond every limit.
func steps(from, to, step int) int {
	if step == 0 {
		return 0
	}
	return int(min(max(0, (float64(to)-float64(from))/float64(step)), 1<<40))
}

var numbers = regexp.MustCompile(`[0-9]+`)

// widths adds up the widths that a format asks for.
func widths(format string, args []any) int {
	sum := 0
	for _, digits := range numbers.FindAllString(format, -1) {
		n, err := strconv.Atoi(digits)
		if err != nil || n > 1<<20 {
			continue // fmt refuses it
		}
		sum += n
	}
	for range strings.Count(format, "*") {
		for _, arg := range args {
			if n, ok := arg.(int); ok {
				sum += min(max(n, -n), 1<<20)
			}
		}
	}
	return sum
}
