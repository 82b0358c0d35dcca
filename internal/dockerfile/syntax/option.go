package syntax

import (
	"slices"
	"strings"
)

// An Option is one flag of a command: -y of "-yq", --target=/x.
type Option struct {
	Name  string // without dashes
	Value string // of the forms --name=value, -xvalue and, where it takes the next argument, --name value
	Word  Word   // the argument that holds it
}

// Options returns the flags, and Operands the other arguments, where the flags
// named in valued take a value.
func (c Command) Options(valued ...string) []Option {
	var options []Option
	c.arguments(valued, func(o Option) bool {
		options = append(options, o)
		return true
	}, func(Word) {})
	return options
}

// Operands returns the arguments that are neither flags nor values of the flags
// named in valued.
func (c Command) Operands(valued ...string) []Word {
	operands := make([]Word, 0, len(c.Args()))
	c.arguments(valued, func(Option) bool { return true }, func(w Word) { operands = append(operands, w) })
	return operands
}

// HasFlag reports whether one of these flags is given, whatever its value.
func (c Command) HasFlag(names ...string) bool {
	found := false
	c.arguments(nil, func(o Option) bool {
		found = slices.Contains(names, o.Name)
		return !found
	}, func(Word) {})
	return found
}

// arguments takes the arguments apart as getopt does, until option returns
// false.
func (c Command) arguments(valued []string, option func(Option) bool, operand func(Word)) {
	args := c.Args()
	for i := 0; i < len(args); i++ {
		w := args[i]
		next := "" // what an option takes if its value is not in the same word
		if i+1 < len(args) {
			next = args[i+1].Value
		}
		long, isLong := strings.CutPrefix(w.Value, "--")
		switch {
		case w.Value == "--":
			for _, w := range args[i+1:] {
				operand(w)
			}
			return
		case isLong:
			name, value, inline := strings.Cut(long, "=")
			if !inline && slices.Contains(valued, name) {
				value = next
				i++
			}
			if !option(Option{Name: name, Value: value, Word: w}) {
				return
			}
		case len(w.Value) > 1 && w.Value[0] == '-':
			takesNext, more := shortOptions(w, next, valued, option)
			if !more {
				return
			}
			if takesNext {
				i++
			}
		default:
			operand(w)
		}
	}
}

// shortOptions takes a cluster such as -yqt apart. A letter that takes a value
// ends it, and so does an equals sign.
func shortOptions(w Word, next string, valued []string, option func(Option) bool) (takesNext, more bool) {
	cluster := w.Value[1:]
	for i := range len(cluster) {
		o := Option{Name: cluster[i : i+1], Word: w}
		rest := cluster[i+1:]
		switch {
		case slices.Contains(valued, o.Name) && rest == "":
			o.Value = next
			return true, option(o)
		case slices.Contains(valued, o.Name), strings.HasPrefix(rest, "="):
			o.Value = strings.TrimPrefix(rest, "=")
			return false, option(o)
		}
		if !option(o) {
			return false, false
		}
	}
	return false, true
}
