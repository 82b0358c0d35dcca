package workflow

import (
	"regexp"
	"strings"
)

var (
	declaration = regexp.MustCompile(`([^\s;&|(){}<>"']+)\s*\(\)`)
	failingExit = regexp.MustCompile(`\b(?:exit|return)\s+[^0\s]`)
	variable    = regexp.MustCompile(`\$\{?(\w+)`)
	arithmetic  = regexp.MustCompile(`\(\([^)]*`)
	word        = regexp.MustCompile(`\w+`)
)

// enders are the functions of a script in which it ends with a failure. A script
// has few parentheses: see maxNesting.
func enders(text string) map[string]bool {
	names := map[string]bool{}
	for _, m := range declaration.FindAllStringSubmatchIndex(text, -1) {
		body, _, _ := strings.Cut(text[m[1]:], "}")
		if failingExit.MatchString(body) {
			names[text[m[2]:m[3]]] = true
		}
	}
	return names
}

// variables are those whose value a script uses.
func variables(text string) map[string]bool {
	names := map[string]bool{}
	for _, m := range variable.FindAllStringSubmatch(text, -1) {
		names[m[1]] = true
	}
	for _, expression := range arithmetic.FindAllString(text, -1) {
		for _, name := range word.FindAllString(expression, -1) {
			names[name] = true
		}
	}
	return names
}
