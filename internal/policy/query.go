package policy

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/print"
)

// A program is compiled policies, ready to be queried.
type program struct {
	compiler *ast.Compiler
	store    storage.Store
	queries  []*query
	combined bool // the queries are asked once, about all objects
	perFile  bool // a policy reads data.conftest.file: every worker needs a store
	lenient  bool // a builtin that fails leaves its rule undefined, as in Gatekeeper
	log      *slog.Logger
}

// Print is part of [print.Hook]: what policies print is shown with the logs.
func (p *program) Print(at print.Context, message string) error {
	p.log.Debug(message, "policy", at.Location.File, "line", at.Location.Row)
	return nil
}

// readable gives an error of an evaluation its place in the policy.
func readable(err error) error {
	var failure *topdown.Error
	if !errors.As(err, &failure) || failure.Location == nil {
		return err
	}
	place := fmt.Sprintf("%s:%d", failure.Location.File, failure.Location.Row)
	return fmt.Errorf("%s: %s: %s", place, failure.Code, failure.Message)
}

// A query asks for all rules of a namespace at once.
type query struct {
	rules      []*rule
	exceptions bool
	namespace  string
}

// text is the query in Rego for some of its rules: a binding r0, r1, … for each
// and one for the exceptions. A rule that may be undefined stands in a
// comprehension, which is never; a set of messages always has a value and is
// asked for as it is.
func (q *query) text(rules []*rule, exceptions bool) string {
	var parts []string
	for i, r := range rules {
		form := "%s = [x | x = %s]"
		if r.set() {
			form = "%s = %s"
		}
		parts = append(parts, fmt.Sprintf(form, binding(i), dataRef(r.namespace, r.name)))
	}
	if exceptions {
		parts = append(parts, fmt.Sprintf("exceptions = {x | x = %s[_][_]}", dataRef(q.namespace, "exception")))
	}
	return strings.Join(parts, "; ")
}

func binding(i int) string { return "r" + strconv.Itoa(i) }

func dataRef(namespace, name string) string { return "data." + namespace + "." + name }

// outcome is what one rule says about one document.
type outcome struct {
	rule     *rule
	values   any  // of the rule, nil if it is undefined
	excepted bool // an exception rule names it
}
