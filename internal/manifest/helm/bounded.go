package helm

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

// bounded are the functions whose result can be much larger than what they are
// given. Within the limit they are the original ones.
func (l limits) bounded() template.FuncMap {
	original := sprig.TxtFuncMap()
	f := l.counting(original)
	maps.Copy(f, l.spreading(original))
	return f
}

// fits refuses a size beyond the limit.
func (l limits) fits(size int) error {
	if size < 0 || size > l.output {
		return errLarge(l.output)
	}
	return nil
}

// times refuses a product beyond the limit.
func (l limits) times(a, b int) error {
	if a < 0 || a > 0 && b > l.output/a {
		return errLarge(l.output)
	}
	return nil
}

// numberSize is what a number of a list counts.
const numberSize = 8

// counting are the functions that make lists of numbers.
func (l limits) counting(original template.FuncMap) template.FuncMap {
	return template.FuncMap{
		"until": func(count int) ([]int, error) {
			if err := l.times(numberSize, max(count, -count)); err != nil {
				return nil, err
			}
			return original["until"].(func(int) []int)(count), nil
		},
		"untilStep": func(start, stop, step int) ([]int, error) {
			if err := l.times(numberSize, steps(start, stop, step)); err != nil {
				return nil, err
			}
			return original["untilStep"].(func(int, int, int) []int)(start, stop, step), nil
		},
		"seq": func(params ...int) (string, error) {
			first, step := 1, 1
			if len(params) > 1 {
				first = params[0]
			}
			if len(params) > 2 {
				step = params[1]
			}
			if len(params) > 0 {
				last := params[len(params)-1]
				if err := l.times(numberSize, max(steps(first, last, step), steps(last, first, step))); err != nil {
					return "", err
				}
			}
			return original["seq"].(func(...int) string)(params...), nil
		},
	}
}

// spreading are the functions that put one text into another many times.
func (l limits) spreading(original template.FuncMap) template.FuncMap {
	f := template.FuncMap{
		"repeat": func(count int, s string) (string, error) {
			if err := errors.Join(l.fits(count), l.times(count, len(s))); err != nil {
				return "", errLarge(l.output)
			}
			return strings.Repeat(s, count), nil
		},
		"replace": func(old, to, s string) (string, error) {
			if err := l.times(strings.Count(s, old)+1, len(to)); err != nil {
				return "", err
			}
			return strings.ReplaceAll(s, old, to), nil
		},
		"join": func(sep string, list any) (string, error) {
			parts := original["toStrings"].(func(any) []string)(list)
			if err := l.times(len(parts), len(sep)); err != nil {
				return "", err
			}
			return strings.Join(parts, sep), nil
		},
		"printf": func(format string, args ...any) (string, error) {
			if err := l.fits(widths(format, args)); err != nil {
				return "", err
			}
			return fmt.Sprintf(format, args...), nil
		},
		"wrapWith": func(width int, sep, s string) (string, error) {
			if err := l.times(len(s)+1, len(sep)); err != nil {
				return "", err
			}
			return original["wrapWith"].(func(int, string, string) string)(width, sep, s), nil
		},
	}
	for _, name := range []string{"indent", "nindent"} {
		f[name] = func(spaces int, s string) (string, error) {
			if err := errors.Join(l.fits(spaces), l.times(strings.Count(s, "\n")+1, spaces)); err != nil {
				return "", errLarge(l.output)
			}
			return original[name].(func(int, string) string)(spaces, s), nil
		}
	}
	for _, name := range []string{"egexReplaceAll", "egexReplaceAllLiteral"} {
		replace := func(expression, s, to string) (string, error) {
			if err := l.times(len(s)+1, len(to)); err != nil {
				return "", err
			}
			return original["mustR"+name].(func(string, string, string) (string, error))(expression, s, to)
		}
		f["r"+name], f["mustR"+name] = replace, replace
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
