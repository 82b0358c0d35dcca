package githubtest

import (
	"fmt"
	"net/http"
	"strings"
)

// A Review is a review of a pull request.
type Review struct {
	ID       int64
	Pull     int
	Body     string
	Comments int
}

// A ReviewComment is a comment of a review. An empty author is the token's.
type ReviewComment struct {
	ID              int64
	Pull            int
	Path, Body      string
	StartLine, Line int
	Login           string
	UserID          int64
}

var reviewOperations = map[string]operation{
	"POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews":  (*Server).createReview,
	"GET /repos/{owner}/{repo}/pulls/{pull_number}/comments":  (*Server).listReviewComments,
	"PATCH /repos/{owner}/{repo}/pulls/comments/{comment_id}": (*Server).updateReviewComment,
}

func (s *Server) createReview(q request) (int, any) {
	p := s.Pulls[int(q.number("pull_number"))]
	switch {
	case p == nil:
		return refuse(http.StatusNotFound, "Not Found")
	case q.text("commit_id") != p.Head:
		return refuse(http.StatusUnprocessableEntity, "Unprocessable Entity: commit_id is not part of the pull request")
	case q.text("event") != "COMMENT" || q.text("body") == "":
		s.violate("%s: event %q, body %q", q.operation, q.text("event"), q.text("body"))
	}
	review := &Review{ID: s.id(), Pull: p.Number, Body: q.text("body")}
	comments, _ := q.body["comments"].([]any)
	var made []*ReviewComment
	for _, v := range comments {
		c, _ := v.(map[string]any)
		made = append(made, s.draft(p, c))
		if err := p.place(made[len(made)-1], c); err != nil {
			return refuse(http.StatusUnprocessableEntity, "Unprocessable Entity: "+err.Error())
		}
	}
	review.Comments = len(made)
	s.Reviews, s.ReviewComments = append(s.Reviews, review), append(s.ReviewComments, made...)
	o := s.from(q.operation, http.StatusOK, map[string]any{"id": review.ID, "body": review.Body, "state": "COMMENTED"})
	return http.StatusOK, by(o, s.Login, s.ID)
}

func (s *Server) draft(p *Pull, c map[string]any) *ReviewComment {
	made := &ReviewComment{ID: s.id(), Pull: p.Number}
	made.Path, _ = c["path"].(string)
	made.Body, _ = c["body"].(string)
	if n, ok := c["line"].(float64); ok {
		made.Line = int(n)
	}
	if n, ok := c["start_line"].(float64); ok {
		made.StartLine = int(n)
	}
	return made
}

// place says why a comment cannot be where it should.
func (p *Pull) place(c *ReviewComment, raw map[string]any) error {
	if c.StartLine != 0 && (c.StartLine >= c.Line || raw["start_side"] != "RIGHT") {
		return fmt.Errorf("start_line must precede the end line")
	}
	first := c.StartLine
	if first == 0 {
		first = c.Line
	}
	for _, f := range p.Files {
		if f.Name == c.Path && hunkOf(f.Patch, first) > 0 && hunkOf(f.Patch, first) == hunkOf(f.Patch, c.Line) {
			return nil
		}
	}
	return fmt.Errorf("pull request review thread line must be part of the diff")
}

// hunkOf returns the number of the hunk that shows a line of the new file, from
// 1, or 0.
func hunkOf(patch string, line int) int {
	hunk, at := 0, 0
	for text := range strings.SplitSeq(patch, "\n") {
		var was, wasLines, now, nowLines int
		if n, _ := fmt.Sscanf(text, "@@ -%d,%d +%d,%d @@", &was, &wasLines, &now, &nowLines); n == 4 {
			hunk, at = hunk+1, now
			continue
		}
		if strings.HasPrefix(text, "-") || strings.HasPrefix(text, `\`) {
			continue
		}
		if at == line {
			return hunk
		}
		at++
	}
	return 0
}

func (s *Server) reviewComment(operation string, c *ReviewComment) map[string]any {
	login, id := c.Login, c.UserID
	if login == "" {
		login, id = s.Login, s.ID
	}
	o := s.from(operation, http.StatusOK, map[string]any{"id": c.ID, "body": c.Body, "path": c.Path, "line": c.Line})
	return by(o, login, id)
}

func (s *Server) listReviewComments(q request) (int, any) {
	list := []any{}
	for _, c := range s.ReviewComments {
		if c.Pull == int(q.number("pull_number")) {
			list = append(list, s.reviewComment(q.operation, c))
		}
	}
	return http.StatusOK, list
}

func (s *Server) updateReviewComment(q request) (int, any) {
	for _, c := range s.ReviewComments {
		if c.ID == q.number("comment_id") {
			if c.Login != "" && c.Login != s.Login {
				s.violate("%s: the comment of %s", q.operation, c.Login)
			}
			c.Body = q.text("body")
			return http.StatusOK, s.reviewComment(q.operation, c)
		}
	}
	return refuse(http.StatusNotFound, "Not Found")
}
