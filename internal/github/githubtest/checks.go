package githubtest

import (
	"net/http"
)

// A CheckRun is a check run. An empty slug is the token's app.
type CheckRun struct {
	ID                         int64
	SHA, Name, External, Slug  string
	Conclusion, Title, Summary string
	Annotations                []map[string]any
}

var checkOperations = map[string]operation{
	"GET /repos/{owner}/{repo}/commits/{ref}/check-runs":    (*Server).listCheckRuns,
	"POST /repos/{owner}/{repo}/check-runs":                 (*Server).createCheckRun,
	"PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}": (*Server).updateCheckRun,
	"GET /repos/{owner}/{repo}/check-runs/{check_run_id}":   (*Server).getCheckRun,
}

func (s *Server) checkRun(r *CheckRun) map[string]any {
	o := s.from("GET /repos/{owner}/{repo}/check-runs/{check_run_id}", http.StatusOK, map[string]any{
		"id": r.ID, "head_sha": r.SHA, "name": r.Name, "external_id": r.External, "conclusion": r.Conclusion, "status": "completed",
	})
	output, _ := o["output"].(map[string]any)
	output["title"], output["summary"], output["annotations_count"] = r.Title, r.Summary, len(r.Annotations)
	app, _ := o["app"].(map[string]any)
	if app["slug"] = r.Slug; r.Slug == "" {
		app["slug"] = s.Slug
	}
	return o
}

// listCheckRuns returns the latest of each name and app, as GitHub does unless
// it is asked for all.
func (s *Server) listCheckRuns(q request) (int, any) {
	latest := map[[2]string]*CheckRun{}
	for _, r := range s.CheckRuns {
		if r.SHA == q.params["ref"] && (q.query.Get("check_name") == "" || q.query.Get("check_name") == r.Name) {
			latest[[2]string{r.Name, r.Slug}] = r
		}
	}
	runs := []any{}
	for _, r := range s.CheckRuns {
		if latest[[2]string{r.Name, r.Slug}] == r {
			runs = append(runs, s.checkRun(r))
		}
	}
	return http.StatusOK, map[string]any{"total_count": len(runs), "check_runs": runs}
}

func (s *Server) createCheckRun(q request) (int, any) {
	if q.text("status") != "completed" || q.text("conclusion") == "" {
		s.violate("%s: created without its conclusion", q.operation)
	}
	if c := q.text("conclusion"); c != "success" && c != "failure" {
		s.violate("%s: conclusion %s", q.operation, c)
	}
	r := &CheckRun{ID: s.id(), SHA: q.text("head_sha"), Name: q.text("name"), External: q.text("external_id"), Conclusion: q.text("conclusion")}
	s.output(r, q)
	s.CheckRuns = append(s.CheckRuns, r)
	return http.StatusCreated, s.checkRun(r)
}

func (s *Server) updateCheckRun(q request) (int, any) {
	for _, r := range s.CheckRuns {
		if r.ID != q.number("check_run_id") {
			continue
		}
		if r.Slug != "" && r.Slug != s.Slug {
			return refuse(http.StatusForbidden, "Invalid app_id `15368` - check run can only be modified by the GitHub App that created it.")
		}
		if q.body["status"] != nil || q.body["conclusion"] != nil {
			return refuse(http.StatusUnprocessableEntity, "Check run status and conclusions can only be updated internally by GitHub Actions")
		}
		if external := q.text("external_id"); external != "" {
			r.External = external
		}
		s.output(r, q)
		return http.StatusOK, s.checkRun(r)
	}
	return refuse(http.StatusNotFound, "Not Found")
}

func (s *Server) getCheckRun(q request) (int, any) {
	for _, r := range s.CheckRuns {
		if r.ID == q.number("check_run_id") {
			return http.StatusOK, s.checkRun(r)
		}
	}
	return refuse(http.StatusNotFound, "Not Found")
}

// output takes over title and summary, and adds the annotations to those that
// are there. What the description says in words only is looked at here.
func (s *Server) output(r *CheckRun, q request) {
	output, _ := q.body["output"].(map[string]any)
	r.Title, _ = output["title"].(string)
	r.Summary, _ = output["summary"].(string)
	annotations, _ := output["annotations"].([]any)
	for _, v := range annotations {
		a, _ := v.(map[string]any)
		message, _ := a["message"].(string)
		title, _ := a["title"].(string)
		switch {
		case len(message) > 64<<10 || len([]rune(title)) > 255:
			s.violate("%s: an annotation is too long", q.operation)
		case a["start_column"] != nil && a["start_line"] != a["end_line"]:
			s.violate("%s: columns over several lines", q.operation)
		}
		r.Annotations = append(r.Annotations, a)
	}
}
