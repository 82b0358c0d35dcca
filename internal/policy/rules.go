package policy

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A rule is all definitions of one name in one package: what they return are
// the findings.
type rule struct {
	namespace   string // the package without "data."
	name        string // deny, violation or warn, with a suffix or without
	definitions []*ast.Rule
	details     details // of the METADATA that holds for every definition
	byPlace     map[*ast.Rule]details
	anatomies   sync.Map // what anatomy knows already, by definition
}

// ruleName is what conftest queries.
var ruleName = regexp.MustCompile(`^(deny|violation|warn)(_[a-zA-Z0-9]+)*$`)

// id is the finding's rule unless the policy names another.
func (r *rule) id() string { return cmp.Or(r.details.ID, "rego/"+r.namespace+"/"+r.name) }

// exception is the name by which an exception rule means this one.
func (r *rule) exception() string {
	_, suffix, _ := strings.Cut(r.name, "_")
	return suffix
}

// set reports whether the rule is a set of messages, which is never undefined.
func (r *rule) set() bool {
	return len(r.definitions) > 0 && r.definitions[0].Head.RuleKind() == ast.MultiValue
}

// severity is that of a finding of which the policy says nothing.
func (r *rule) severity() gate.Severity {
	if strings.HasPrefix(r.name, "warn") {
		return gate.Low
	}
	return gate.High
}

// library is the rules of a set of modules.
type library struct {
	rules      []*rule         // sorted by namespace and name
	exceptions map[string]bool // namespaces with an exception rule
	notes      []string
}

// collect finds the rules of the modules. A rule of which no result could ever
// be a message is an error.
func collect(modules map[string]*ast.Module, annotations *ast.AnnotationSet) (library, error) {
	l := library{exceptions: map[string]bool{}}
	byName := map[string]*rule{}
	called := referenced(modules)
	var errs []error
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		module := modules[file]
		namespace := strings.TrimPrefix(module.Package.Path.String(), "data.")
		for _, definition := range module.Rules {
			name := definition.Head.Ref()[0].Value.String()
			switch {
			case name == "exception":
				l.exceptions[namespace] = true
			case !ruleName.MatchString(name) && called[name]:
			case !ruleName.MatchString(name):
				l.notes = append(l.notes, lookalike(file, definition, name)...)
			default:
				if err := checkHead(definition.Head, name); err != nil {
					errs = append(errs, located(file, definition.Loc(), err))
				}
				key := namespace + "\x00" + name
				if byName[key] == nil {
					byName[key] = &rule{namespace: namespace, name: name, byPlace: map[*ast.Rule]details{}}
				}
				byName[key].add(definition, annotations)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(byName)) {
		l.rules = append(l.rules, byName[key])
	}
	slices.Sort(l.notes)
	l.notes = slices.Compact(l.notes)
	return l, errors.Join(errs...)
}

// referenced returns the names that rules of the modules use.
func referenced(modules map[string]*ast.Module) map[string]bool {
	names := map[string]bool{}
	for _, module := range modules {
		ast.WalkRefs(module, func(ref ast.Ref) bool {
			for _, term := range ref {
				if s, ok := term.Value.(ast.String); ok && ref.HasPrefix(ast.DefaultRootRef) {
					names[string(s)] = true
				}
			}
			return false
		})
	}
	return names
}

// checkHead refuses what looks like a rule and denies nothing.
func checkHead(head *ast.Head, name string) error {
	hint := fmt.Sprintf("write %q", name+" contains msg if { … }")
	switch {
	case len(head.Args) > 0:
		return fmt.Errorf("%s is a function and is never called: %s", name, hint)
	case len(head.Ref()) > 1:
		return fmt.Errorf("%s makes an object and not a set of messages: %s", name, hint)
	case head.RuleKind() == ast.SingleValue && head.Value != nil && ast.Boolean(true).Compare(head.Value.Value) == 0,
		head.RuleKind() == ast.SingleValue && head.Value != nil && ast.Boolean(false).Compare(head.Value.Value) == 0:
		return fmt.Errorf("%s is true or false and not a set of messages: %s", name, hint)
	}
	return nil
}

// add takes in one definition with its METADATA. What stands above one of
// several definitions holds for that one only.
func (r *rule) add(definition *ast.Rule, annotations *ast.AnnotationSet) {
	r.definitions = append(r.definitions, definition)
	var own, shared details
	for _, ref := range annotations.Chain(definition) {
		if ref.Annotations == nil {
			continue
		}
		d := annotated(ref.Annotations)
		if ref.Annotations.Scope == "rule" {
			own = own.or(d)
		} else {
			shared = shared.or(d)
		}
	}
	r.byPlace[definition] = own.or(shared)
	r.details = shared
	if len(r.definitions) == 1 {
		r.details = own.or(shared)
	}
}

// lookalike returns a note about a rule that was perhaps meant to deny.
func lookalike(file string, definition *ast.Rule, name string) []string {
	lower := strings.ToLower(name)
	for stem, word := range map[string]string{"deny": "deny", "deni": "deny", "violat": "violation", "warn": "warn"} {
		if strings.HasPrefix(lower, stem) || distance(lower, word) <= len(word)/4 {
			return []string{fmt.Sprintf("%s:%d: the rule %q is not evaluated: only deny, violation and warn are, with a suffix like deny_name",
				file, definition.Loc().Row, name)}
		}
	}
	return nil
}

// distance is the number of letters to insert, remove or replace between two
// words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func located(file string, loc *ast.Location, err error) error {
	check := &gate.CheckError{Err: err}
	check.Location.Path = file
	if loc != nil {
		check.Location.Line, check.Location.Column = loc.Row, loc.Col
	}
	return check
}
