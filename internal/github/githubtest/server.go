// Package githubtest is a GitHub for tests. It keeps what is posted, behaves
// where the behaviour matters as GitHub is documented to, and compares every
// request and every answer of its own with GitHub's description of its REST API.
package githubtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Repository is the one repository that a Server has.
const Repository = "acme/shop"

// A Server is a GitHub with one repository. Its fields are set before the first
// request and read after the last one.
type Server struct {
	Login string // whose token every token is
	ID    int64
	Slug  string // of the app, for check runs

	Pulls          map[int]*Pull
	Comments       []*Comment
	CheckRuns      []*CheckRun
	Reviews        []*Review
	ReviewComments []*ReviewComment
	Uploads        []*Upload
	Runs           map[int64]map[string]any // workflow runs, as changes to GitHub's example

	// Fault says what goes wrong with the nth request, counted from 0.
	Fault func(n int, operation string) Fault
	// Scanning, if set, is the answer to an upload of SARIF.
	Scanning Fault

	// Operations are the requests in their order; Violations say in which way
	// they, or the answers, are not as GitHub describes them.
	Operations []string
	Violations []string

	description *Description
	now         func() time.Time
	busy        atomic.Bool
	mu          sync.Mutex
	nextID      int64
	lastWrite   time.Time
}

// Writes returns the operations that changed something.
func (s *Server) Writes() []string {
	return slices.DeleteFunc(slices.Clone(s.Operations), func(o string) bool {
		return strings.HasPrefix(o, "GET ") || o == viewer
	})
}

// New returns a GitHub that compares requests with a description, by a clock.
func New(d *Description, now func() time.Time) *Server {
	return &Server{
		Login: "github-actions[bot]", ID: 41898282, Slug: "github-actions",
		Pulls: map[int]*Pull{}, Runs: map[int64]map[string]any{}, description: d, now: now, nextID: 1000,
	}
}

// viewer is the one request that is not in the description: it is GraphQL.
const viewer = "POST /graphql"

// An operation carries a request out. Its answer is JSON.
type operation func(s *Server, q request) (status int, answer any)

// A request is what an operation gets.
type request struct {
	call
	query url.Values
	body  map[string]any
}

// number is a parameter of the path.
func (q request) number(name string) int64 {
	n, _ := strconv.ParseInt(q.params[name], 10, 64)
	return n
}

func (q request) text(name string) string { t, _ := q.body[name].(string); return t }

// operations are all that a Server can do.
func operations() map[string]operation {
	all := map[string]operation{}
	for _, some := range []map[string]operation{pullOperations, commentOperations, checkOperations, reviewOperations, scanningOperations} {
		maps.Copy(all, some)
	}
	return all
}

// Operations lists what a Server can do, as [Load] wants it.
func Operations() []string { return slices.Sorted(maps.Keys(operations())) }

// RoundTrip serves a request without a network.
func (s *Server) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			resp, err = nil, &net.OpError{Op: "read", Net: "tcp", Err: errReset}
		case os.ErrDeadlineExceeded:
			resp, err = nil, &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}
		default:
			panic(v)
		}
	}()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), inProcess{}, true)))
	return w.Result(), nil
}

// ServeHTTP serves a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.busy.CompareAndSwap(false, true) {
		s.violate("%s %s: another request is under way", r.Method, r.URL.Path)
	}
	defer s.busy.Store(false)
	s.mu.Lock()
	defer s.mu.Unlock()
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	r.URL.Path = strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/api/v3"), "/api")
	if r.Method+" "+r.URL.Path == viewer {
		s.serve(w, r, call{operation: viewer}, func() (int, any) { return s.whoami(body) })
		return
	}
	c, err := s.description.check(r, body)
	if c.operation == "" {
		s.violate("%v", err)
		Fault{Status: http.StatusNotFound}.strike(w, r)
		return
	}
	s.judge(r, c, err)
	q := request{call: c, query: r.URL.Query()}
	if len(body) > 0 {
		_ = json.Unmarshal(body, &q.body) // judged above
	}
	s.serve(w, r, c, func() (int, any) { return operations()[c.operation](s, q) })
}

// serve answers a request, or lets go wrong what the test wants to.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, c call, act func() (int, any)) {
	fault := Fault{}
	if s.Fault != nil {
		fault = s.Fault(len(s.Operations), c.operation)
	}
	s.Operations = append(s.Operations, c.operation)
	if fault.any() && !fault.Late {
		fault.strike(w, r)
		return
	}
	status, answer := act()
	if fault.any() {
		fault.strike(w, r)
		return
	}
	if list, ok := answer.([]any); ok && status == http.StatusOK {
		answer = s.page(w, r, list)
	}
	var data []byte
	if answer != nil {
		data, _ = json.Marshal(answer)
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	if c.input != nil && status < 300 {
		if err := s.description.checkResponse(c, status, w.Header(), data); err != nil {
			s.violate("answer to %s: %v", c.operation, err)
		}
	}
	w.WriteHeader(status)
	_, _ = w.Write(data)
}

// judge notes what is wrong with a request.
func (s *Server) judge(r *http.Request, c call, err error) {
	if err != nil {
		s.violate("%s: %v", c.operation, err)
	}
	for name, want := range map[string]string{
		"Accept": "application/vnd.github", "User-Agent": "portcullis/", "X-Github-Api-Version": "2022-11-28",
		"Authorization": "Bearer ",
	} {
		if !strings.HasPrefix(r.Header.Get(name), want) {
			s.violate("%s: header %s is %q", c.operation, name, r.Header.Get(name))
		}
	}
	if c.params["owner"]+"/"+c.params["repo"] != Repository {
		s.violate("%s: repository %s/%s", c.operation, c.params["owner"], c.params["repo"])
	}
	if r.Method == http.MethodGet {
		return
	}
	now := s.now()
	if since := now.Sub(s.lastWrite); since < time.Second && !s.lastWrite.IsZero() {
		s.violate("%s: %s after the write before it", c.operation, since)
	}
	s.lastWrite = now
}

func (s *Server) violate(format string, args ...any) {
	text, _, _ := strings.Cut(fmt.Sprintf(format, args...), "\nSchema:") // which is long
	if !slices.Contains(s.Violations, text) {
		s.Violations = append(s.Violations, text)
	}
}

// page returns one page of a list, and says where the next one is.
func (s *Server) page(w http.ResponseWriter, r *http.Request, list []any) []any {
	size, page := 30, 1
	if n, err := strconv.Atoi(r.URL.Query().Get("per_page")); err == nil {
		size = min(n, 100)
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil {
		page = n
	}
	from, to := min((page-1)*size, len(list)), min(page*size, len(list))
	if to < len(list) {
		next := *r.URL
		query := next.Query()
		query.Set("page", strconv.Itoa(page+1))
		next.RawQuery = query.Encode()
		w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="next"`, next.String()))
	}
	return append([]any{}, list[from:to]...)
}

// whoami answers the one GraphQL query.
func (s *Server) whoami(body []byte) (int, any) {
	if !bytes.Contains(body, []byte("viewer { login databaseId }")) {
		s.violate("GraphQL: %s", body)
	}
	return http.StatusOK, map[string]any{"data": map[string]any{"viewer": map[string]any{"login": s.Login, "databaseId": s.ID}}}
}

// id returns a new id.
func (s *Server) id() int64 {
	s.nextID++
	return s.nextID
}

// refuse is an answer that says no.
func refuse(status int, message string) (int, any) {
	return status, map[string]any{"message": message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)}
}

// from returns a copy of GitHub's example with changes.
func (s *Server) from(operation string, status int, changes map[string]any) map[string]any {
	example, err := s.description.example(operation, status)
	if err != nil {
		s.violate("the example of %s: %v", operation, err)
	}
	if list, ok := example.([]any); ok {
		example = list[0]
	}
	object, _ := example.(map[string]any)
	maps.Copy(object, changes)
	return object
}

// by is a user of GitHub's example with another name.
func by(object map[string]any, login string, id int64) map[string]any {
	user, _ := object["user"].(map[string]any)
	if user == nil {
		return object
	}
	user["login"], user["id"] = login, id
	return object
}
