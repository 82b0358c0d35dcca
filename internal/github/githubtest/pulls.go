package githubtest

import (
	"net/http"
	"strings"
)

// A Pull is a pull request.
type Pull struct {
	Number         int
	State          string // "": open
	Head, HeadRef  string
	HeadRepository string // "": the repository itself
	Base, BaseRef  string
	Files          []File
	PushAfter      int    // after so many reads of the pull request …
	PushedHead     string // … its head is this
	reads          int
	MergeBase      string
}

// A File is a file of a pull request. A patch may be missing.
type File struct{ Name, Patch string }

var pullOperations = map[string]operation{
	"GET /repos/{owner}/{repo}/pulls/{pull_number}":        (*Server).getPull,
	"GET /repos/{owner}/{repo}/pulls":                      (*Server).listPulls,
	"GET /repos/{owner}/{repo}/pulls/{pull_number}/files":  (*Server).listFiles,
	"GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls": (*Server).pullsOfCommit,
	"GET /repos/{owner}/{repo}/compare/{basehead}":         (*Server).compare,
	"GET /repos/{owner}/{repo}/actions/runs/{run_id}":      (*Server).getRun,
}

// object is a pull request in the form of one operation.
func (p *Pull) object(s *Server, operation string) map[string]any {
	o := s.from(operation, http.StatusOK, map[string]any{"number": p.Number, "state": "open", "requested_teams": []any{}})
	if p.State != "" {
		o["state"] = p.State
	}
	head, _ := o["head"].(map[string]any)
	base, _ := o["base"].(map[string]any)
	head["sha"], head["ref"], base["sha"], base["ref"] = p.Head, p.HeadRef, p.Base, p.BaseRef
	for ref, name := range map[string]string{"head": p.HeadRepository, "base": ""} {
		if name == "" {
			name = Repository
		}
		side, _ := o[ref].(map[string]any)
		repository, _ := side["repo"].(map[string]any)
		repository["full_name"] = name
	}
	return o
}

func (s *Server) getPull(q request) (int, any) {
	p := s.Pulls[int(q.number("pull_number"))]
	if p == nil {
		return refuse(http.StatusNotFound, "Not Found")
	}
	if p.reads++; p.PushedHead != "" && p.reads > p.PushAfter {
		p.Head = p.PushedHead
	}
	return http.StatusOK, p.object(s, q.operation)
}

func (s *Server) listPulls(q request) (int, any) {
	return http.StatusOK, s.pulls(q.operation, func(p *Pull) bool {
		owner, _, _ := strings.Cut(p.HeadRepository, "/")
		if owner == "" {
			owner = "acme"
		}
		return (q.query.Get("head") == "" || q.query.Get("head") == owner+":"+p.HeadRef) &&
			(q.query.Get("state") != "open" || p.State == "" || p.State == "open")
	})
}

func (s *Server) pullsOfCommit(q request) (int, any) {
	return http.StatusOK, s.pulls(q.operation, func(p *Pull) bool { return p.Head == q.params["commit_sha"] })
}

func (s *Server) pulls(operation string, wanted func(*Pull) bool) []any {
	list := []any{}
	for n := range 10_000 {
		if p := s.Pulls[n]; p != nil && wanted(p) {
			list = append(list, p.object(s, operation))
		}
	}
	return list
}

func (s *Server) listFiles(q request) (int, any) {
	p := s.Pulls[int(q.number("pull_number"))]
	if p == nil {
		return refuse(http.StatusNotFound, "Not Found")
	}
	list := []any{}
	for _, f := range p.Files[:min(len(p.Files), 3000)] {
		o := s.from(q.operation, http.StatusOK, map[string]any{"filename": f.Name, "patch": f.Patch, "status": "modified"})
		if f.Patch == "" {
			delete(o, "patch")
		}
		list = append(list, o)
	}
	return http.StatusOK, list
}

func (s *Server) compare(q request) (int, any) {
	base, head, ok := strings.Cut(q.params["basehead"], "...")
	for _, p := range s.Pulls {
		if ok && p.Head == head && (p.Base == base || p.BaseRef == base) {
			o := s.from(q.operation, http.StatusOK, nil)
			commit, _ := o["merge_base_commit"].(map[string]any)
			commit["sha"] = p.MergeBase
			return http.StatusOK, o
		}
	}
	return refuse(http.StatusNotFound, "Not Found")
}

func (s *Server) getRun(q request) (int, any) {
	run, ok := s.Runs[q.number("run_id")]
	if !ok {
		return refuse(http.StatusNotFound, "Not Found")
	}
	return http.StatusOK, s.from(q.operation, http.StatusOK, run)
}
