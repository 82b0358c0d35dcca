package dockerfile

import "regexp"

// names returns the variables that instructions of these kinds set, anywhere
// in the file.
func (p *pass) names(keywords ...string) map[string]bool {
	set := map[string]bool{}
	for in := range p.each(keywords...) {
		for _, pair := range in.Pairs {
			set[pair.Key] = true
		}
	}
	return set
}

// variable is the first variable in a word.
var variable = regexp.MustCompile(`\$\{?([A-Za-z_][A-Za-z0-9_]*)`)

// variableName returns the name of the first variable in a word, or "".
func variableName(word string) string {
	if m := variable.FindStringSubmatch(word); m != nil {
		return m[1]
	}
	return ""
}
