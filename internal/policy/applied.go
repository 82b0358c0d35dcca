package policy

import (
	"context"
	"errors"
	"slices"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/policy/podsecurity"
)

// applied is everything that the objects are checked with.
type applied struct {
	programs []program
	pods     *podsecurity.Judge // nil: no level is demanded
	gates    *gatekeeper        // nil: no constraint
}

// rules counts what can make a finding.
func (a applied) rules() int {
	count := 0
	for _, p := range a.programs {
		for _, q := range p.queries {
			for _, r := range q.rules {
				count += len(r.definitions)
			}
		}
	}
	if a.pods != nil {
		count += a.pods.Checks()
	}
	if a.gates != nil {
		count += len(a.gates.constraints)
	}
	return count
}

// combines reports whether policies want all objects at once.
func (a applied) combines() bool {
	return slices.ContainsFunc(a.programs, func(p program) bool { return p.combined })
}

// load compiles all policies, and notes what a reader has to know of them.
func (s *Stage) load(ctx context.Context, res *gate.Result) (applied, error) {
	var all applied
	var sources []source
	if s.o.Builtin {
		p, _, err := loadBuiltin(s.o.Disable, s.o.Log)
		if err != nil {
			return applied{}, err
		}
		builtin, err := builtinSources()
		if err != nil {
			return applied{}, err
		}
		all.programs, sources = append(all.programs, p), append(sources, builtin...)
		for _, id := range s.o.Disable {
			sources = append(sources, source{path: "disabled/" + id})
		}
	}
	fetched, err := s.bundles(ctx)
	if err != nil {
		return applied{}, err
	}
	if len(s.o.Rego) > 0 {
		u, err := loadUser(ctx, s.o, fetched)
		if err != nil {
			return applied{}, err
		}
		res.Notes = append(res.Notes, u.library.notes...)
		all.programs, sources = append(all.programs, u.programs...), append(sources, u.sources...)
	}
	if s.o.PodSecurity != "" {
		var err error
		if all.pods, err = podsecurity.New(s.o.PodSecurity, s.o.PodSecurityVersion); err != nil {
			return applied{}, err
		}
		sources = append(sources, source{path: "pod-security/" + s.o.PodSecurity + ":" + s.o.PodSecurityVersion})
	}
	if len(s.o.Gatekeeper) > 0 {
		var err error
		if all.gates, err = loadGatekeeper(ctx, s.o, fetched); err != nil {
			return applied{}, err
		}
		res.Notes = append(res.Notes, all.gates.notes...)
		sources = append(sources, all.gates.sources...)
	}
	if all.rules() == 0 {
		return applied{}, errors.New("no policy to apply: the built-in ones are off and policy names no other")
	}
	res.Provenance.Policies = &gate.Policies{Digest: digest(sources)}
	return all, nil
}
