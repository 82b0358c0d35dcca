package githubtest

import (
	"net/http"
	"slices"
	"unicode/utf8"
)

// A Comment is a comment on a pull request. An empty author is the token's.
type Comment struct {
	ID     int64
	Pull   int
	Body   string
	Login  string
	UserID int64
}

var commentOperations = map[string]operation{
	"GET /repos/{owner}/{repo}/issues/{issue_number}/comments":  (*Server).listComments,
	"POST /repos/{owner}/{repo}/issues/{issue_number}/comments": (*Server).createComment,
	"PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}":  (*Server).updateComment,
	"DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}": (*Server).deleteComment,
}

// bodyLimit is how many characters a comment surely may have.
const bodyLimit = 65_536

func (s *Server) comment(operation string, status int, c *Comment) map[string]any {
	login, id := c.Login, c.UserID
	if login == "" {
		login, id = s.Login, s.ID
	}
	return by(s.from(operation, status, map[string]any{"id": c.ID, "body": c.Body}), login, id)
}

func (s *Server) listComments(q request) (int, any) {
	list := []any{}
	for _, c := range s.Comments {
		if c.Pull == int(q.number("issue_number")) {
			list = append(list, s.comment(q.operation, http.StatusOK, c))
		}
	}
	return http.StatusOK, list
}

func (s *Server) createComment(q request) (int, any) {
	if utf8.RuneCountInString(q.text("body")) > bodyLimit {
		return refuse(http.StatusUnprocessableEntity, "Body is too long (maximum is 65536 characters)")
	}
	c := &Comment{ID: s.id(), Pull: int(q.number("issue_number")), Body: q.text("body")}
	s.Comments = append(s.Comments, c)
	return http.StatusCreated, s.comment(q.operation, http.StatusCreated, c)
}

func (s *Server) updateComment(q request) (int, any) {
	for _, c := range s.Comments {
		if c.ID != q.number("comment_id") {
			continue
		}
		if c.Login != "" && c.Login != s.Login {
			s.violate("%s: the comment of %s", q.operation, c.Login)
		}
		if utf8.RuneCountInString(q.text("body")) > bodyLimit {
			return refuse(http.StatusUnprocessableEntity, "Body is too long (maximum is 65536 characters)")
		}
		c.Body = q.text("body")
		return http.StatusOK, s.comment(q.operation, http.StatusOK, c)
	}
	return refuse(http.StatusNotFound, "Not Found")
}

func (s *Server) deleteComment(q request) (int, any) {
	i := slices.IndexFunc(s.Comments, func(c *Comment) bool { return c.ID == q.number("comment_id") })
	if i < 0 {
		return refuse(http.StatusNotFound, "Not Found")
	}
	if l := s.Comments[i].Login; l != "" && l != s.Login {
		s.violate("%s: the comment of %s", q.operation, l)
	}
	s.Comments = slices.Delete(s.Comments, i, i+1)
	return http.StatusNoContent, nil
}
