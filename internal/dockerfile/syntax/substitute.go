package syntax

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// An Env is the variables that a substitution takes values from.
type Env interface {
	Get(name string) (value string, ok bool)
	Keys() []string
}

// Values are variables by name.
type Values map[string]string

// Get returns a value and whether there is one.
func (v Values) Get(name string) (string, bool) {
	value, ok := v[name]
	return value, ok
}

// Keys returns the names, sorted.
func (v Values) Keys() []string { return slices.Sorted(maps.Keys(v)) }

// A Substitution is a word whose variables were replaced.
type Substitution struct {
	Value       string
	Used, Unset []string // names, sorted
}

// Substitute replaces the variables of a word as it stands in the file, in the
// way of the builder. Those that have no value become "". It is an error if the
// values are longer than any that means something: each ARG may double the one
// before it.
func (f *File) Substitute(word string, env Env) (Substitution, error) {
	if len(word) > maxExpand || !strings.Contains(word, "$") {
		return Substitution{Value: unquote(word, f.escape)}, nil
	}
	limited := &limitedEnv{Env: env, left: maxExpand}
	res, err := shell.NewLex(rune(f.escape)).ProcessWordWithMatches(word, limited)
	if err != nil {
		return Substitution{}, err
	}
	if limited.left < 0 || len(res.Result) > maxExpand {
		return Substitution{}, fmt.Errorf("the values in %.40q are longer than %d bytes", word, maxExpand)
	}
	return Substitution{Value: res.Result, Used: slices.Sorted(maps.Keys(res.Matched)), Unset: slices.Sorted(maps.Keys(res.Unmatched))}, nil
}

// A limitedEnv gives so many bytes of values, and empty ones after that.
type limitedEnv struct {
	Env
	left int
}

// Get returns a value and whether there is one.
func (e *limitedEnv) Get(name string) (string, bool) {
	value, ok := e.Env.Get(name)
	if e.left -= len(value); e.left < 0 {
		value = ""
	}
	return value, ok
}

// targets are the processors and systems that images are built for, the most
// common first.
var targets = []string{
	"linux/amd64", "linux/arm64", "linux/arm/v7", "linux/386", "linux/ppc64le", "linux/s390x", "linux/riscv64", "windows/amd64",
}

// Globals returns what FROM may use: what the builder sets, with the values of
// the most common platform, and the defaults that ARG gives before the first
// FROM. A name that has no default is in declared only.
func (f *File) Globals() (env Values, declared []string) { return f.globals(targets[0]) }

func (f *File) globals(platform string) (env Values, declared []string) {
	system, processor, _ := strings.Cut(platform, "/")
	processor, variant, _ := strings.Cut(processor, "/")
	env = Values{"TARGETSTAGE": "default"}
	for _, of := range []string{"BUILD", "TARGET"} {
		env[of+"PLATFORM"], env[of+"OS"], env[of+"OSVERSION"], env[of+"ARCH"], env[of+"VARIANT"] = platform, system, "", processor, variant
	}
	declared = env.Keys()
	for _, in := range f.Instructions {
		if in.Stage != nil {
			break
		}
		if in.Keyword != "ARG" || in.Refused {
			continue
		}
		for i, pair := range in.Pairs {
			declared = append(declared, pair.Key)
			_, raw, ok := strings.Cut(in.Args[i].Raw, "=")
			if value, err := f.Substitute(raw, env); ok && err == nil {
				env[pair.Key] = value.Value
			}
		}
	}
	return env, declared
}

// baseOf returns the build stage that the reference of a FROM names, with the
// defaults of its variables, or nil. Where the builder's own variables are in
// it ("FROM build-${TARGETARCH}"), that is the build stage of the most common
// platform that has one.
func (f *File) baseOf(ref Word) *BuildStage {
	if !strings.Contains(ref.Raw, "$") {
		return f.byName[strings.ToLower(ref.Value)]
	}
	if len(f.byName) == 0 {
		return nil
	}
	platforms := targets
	if !strings.Contains(f.src, "TARGET") && !strings.Contains(f.src, "BUILD") {
		platforms = targets[:1]
	}
	for i, platform := range platforms {
		if i == len(f.fromEnv) {
			env, _ := f.globals(platform)
			f.fromEnv = append(f.fromEnv, env)
		}
		substituted, err := f.Substitute(ref.Raw, f.fromEnv[i])
		if err != nil {
			return nil
		}
		if s := f.byName[strings.ToLower(substituted.Value)]; s != nil {
			return s
		}
	}
	return nil
}
