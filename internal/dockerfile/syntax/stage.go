package syntax

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// A BuildStage is a FROM instruction and what follows it, up to the next.
type BuildStage struct {
	Index        int
	From         *Instruction
	Image        Image       // what FROM names
	Name         string      // its alias in lower case, or ""
	Base         *BuildStage // the earlier build stage that FROM names; nil for an image
	Reused       bool        // a later FROM builds on it
	Instructions []*Instruction

	vars  map[string][]variable
	shell Shell // after the last of Instructions
	// env and args are the names that ENV and ARG set so far, the inherited ones
	// of ENV included. They only grow.
	env, args []string
}

// A Variable is a name that ARG or ENV gave a value.
type Variable struct {
	Value string // without quotes; other variables in it stay as written
	Env   bool   // set by ENV, and so in the image
}

type variable struct {
	Variable
	index int // of the instruction
}

func (s *BuildStage) define(name string, v Variable, index int) {
	if s.vars == nil {
		s.vars = map[string][]variable{}
	}
	s.vars[name] = append(s.vars[name], variable{Variable: v, index: index})
	list := &s.args
	if v.Env {
		list = &s.env
	}
	if len(*list) < maxNames && !slices.Contains(*list, name) {
		*list = append(*list, name)
	}
}

// maxNames is how many names of variables a build stage hands to its scripts;
// nobody has nearly as many.
const maxNames = 500

// Lookup returns the variable as a RUN instruction at this place sees it: what
// ENV says, here or in the build stage underneath, wins over ARG.
func (in *Instruction) Lookup(name string) (Variable, bool) {
	var found Variable
	ok := false
	for s := in.Stage; s != nil; s = s.Base {
		for _, v := range slices.Backward(s.vars[name]) {
			switch {
			case s == in.Stage && v.index >= in.index:
			case v.Env:
				return v.Variable, true
			case s == in.Stage && !ok:
				found, ok = v.Variable, true
			}
		}
	}
	return found, ok
}

// Inherits reports whether ARG or ENV names the variable before this
// instruction, here or in a build stage underneath.
func (in *Instruction) Inherits(name string) bool {
	for s := in.Stage; s != nil; s = s.Base {
		for _, v := range s.vars[name] {
			if s != in.Stage || v.index < in.index {
				return true
			}
		}
	}
	return false
}

// Variables returns the names of variables that [Instruction.Lookup] knows,
// sorted; of very many only some.
func (in *Instruction) Variables() []string {
	if in.Stage == nil {
		return nil
	}
	names := slices.Concat(in.Stage.env, in.Stage.args)
	slices.Sort(names)
	names = slices.Compact(names)
	return slices.DeleteFunc(names, func(name string) bool {
		_, ok := in.Lookup(name)
		return !ok
	})
}

// Earlier returns a build stage that --from=ref names in an instruction: one
// before its own, by alias or number; nil when there is none.
func (f *File) Earlier(in *Instruction, ref string) *BuildStage {
	if in.Stage == nil {
		return nil
	}
	s := f.firstOf[strings.ToLower(ref)]
	if n, err := strconv.Atoi(ref); err == nil && 0 <= n && n < len(f.Stages) {
		s = f.Stages[n]
	}
	if s == nil || s.Index >= in.Stage.Index {
		return nil
	}
	return s
}

// An Image is a reference as FROM writes it, variables included.
type Image struct {
	Name   string // with registry, without tag and digest
	Tag    string
	Digest string
}

// parseImage takes a reference apart. A colon or slash within ${…} separates
// nothing.
func parseImage(ref string) Image {
	var i Image
	masked := maskBraces(ref)
	if at := strings.IndexByte(masked, '@'); at >= 0 {
		i.Digest, ref, masked = ref[at+1:], ref[:at], masked[:at]
	}
	i.Name = ref
	if colon := strings.LastIndexByte(masked, ':'); colon > strings.LastIndexByte(masked, '/') {
		i.Name, i.Tag = ref[:colon], ref[colon+1:]
	}
	return i
}

// maxExpand is the length of the longest reference in which variables are
// replaced; nobody has one nearly as long.
const maxExpand = 4 << 10

// Expand replaces the variables of a reference by the defaults that ARG gives
// them before the first FROM. Those without a default stay as written.
func (f *File) Expand(ref string) string {
	if !strings.Contains(ref, "$") || len(ref) > maxExpand {
		return ref
	}
	lex := shell.NewLex(rune(f.escape))
	lex.SkipUnsetEnv = true
	limited := &limitedEnv{Env: defaults(f.args), left: maxExpand}
	expanded, _, err := lex.ProcessWord(ref, limited)
	if err != nil || limited.left < 0 {
		return ref
	}
	return expanded
}

// defaults gives BuildKit's lexer the variables that have a value.
type defaults map[string]Variable

// Get returns a value and whether there is one.
func (d defaults) Get(name string) (string, bool) {
	v, ok := d[name]
	return v.Value, ok && v.Value != ""
}

// Keys returns the names, sorted.
func (d defaults) Keys() []string { return slices.Sorted(maps.Keys(d)) }

// maskBraces replaces what stands in ${…} by dots, byte for byte.
func maskBraces(s string) string {
	b, depth := []byte(s), 0
	for i, c := range b {
		switch {
		case c == '{' && i > 0 && s[i-1] == '$':
			depth++
		case c == '}' && depth > 0:
			depth--
		case depth > 0:
			b[i] = '.'
		}
	}
	return string(b)
}
