package githubtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Release is the release of npm's @octokit/openapi that holds the description.
// scripts/github-api.sh fetches it.
const Release = "23.0.2"

// Path returns where scripts/github-api.sh keeps the description.
func Path() (string, error) {
	cache := os.Getenv("PORTCULLIS_CACHE")
	if cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		cache = filepath.Join(dir, "portcullis")
	}
	return filepath.Join(cache, "tools", "github-api@"+Release, "api.github.com.json"), nil
}

// A Description is GitHub's own description of some operations of its REST API.
type Description struct {
	document *openapi3.T
	router   routers.Router

	mu       sync.Mutex
	examples map[string][]byte // by operation and status
	seen     map[string]error  // what was compared already: tests say much the same
}

// document is the part of a description that is looked at before it is parsed.
type document struct {
	OpenAPI    string                                `json:"openapi"`
	Info       json.RawMessage                       `json:"info"`
	Servers    json.RawMessage                       `json:"servers"`
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components map[string]map[string]json.RawMessage `json:"components"`
}

// Load reads operations, each "METHOD /path/{of}/it", from the file of a
// description. It takes them out of their 13 MB first, with all that they refer
// to: the rest would take seconds.
func Load(file string, operations []string) (*Description, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var whole document
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, fmt.Errorf("parsing %q: %w", file, err)
	}
	part, err := whole.only(operations)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", file, err)
	}
	loaded, err := openapi3.NewLoader().LoadFromData(part)
	if err != nil {
		return nil, fmt.Errorf("loading %q: %w", file, err)
	}
	loaded.Servers = openapi3.Servers{{URL: "/"}} // any host
	router, err := gorillamux.NewRouter(loaded)
	return &Description{document: loaded, router: router, examples: map[string][]byte{}, seen: map[string]error{}}, err
}

var reference = regexp.MustCompile(`"\$ref":\s*"#/components/([^/"]+)/([^"]+)"`)

// only returns the operations and what they refer to, as JSON.
func (d document) only(operations []string) ([]byte, error) {
	part := document{
		OpenAPI: d.OpenAPI, Info: d.Info, Servers: d.Servers,
		Paths: map[string]map[string]json.RawMessage{}, Components: map[string]map[string]json.RawMessage{},
	}
	var follow func(raw []byte)
	follow = func(raw []byte) {
		for _, m := range reference.FindAllSubmatch(raw, -1) {
			kind, name := string(m[1]), string(m[2])
			if part.Components[kind] == nil {
				part.Components[kind] = map[string]json.RawMessage{}
			}
			if _, known := part.Components[kind][name]; !known {
				part.Components[kind][name] = d.Components[kind][name]
				follow(d.Components[kind][name])
			}
		}
	}
	for _, operation := range operations {
		method, path, _ := strings.Cut(operation, " ")
		raw, ok := d.Paths[path][strings.ToLower(method)]
		if !ok {
			return nil, fmt.Errorf("no operation %q", operation)
		}
		if part.Paths[path] == nil {
			part.Paths[path] = map[string]json.RawMessage{}
		}
		part.Paths[path][strings.ToLower(method)] = raw
		follow(raw)
	}
	return json.Marshal(part)
}

// A call is a request that the description knows.
type call struct {
	operation string // "METHOD /path/{of}/it"
	params    map[string]string
	input     *openapi3filter.RequestValidationInput
}

// check finds the operation of a request and compares the request with it.
func (d *Description) check(r *http.Request, body []byte) (call, error) {
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	route, params, err := d.router.FindRoute(r)
	if err != nil {
		return call{}, fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err)
	}
	c := call{operation: r.Method + " " + route.Path, params: params, input: &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true, IncludeResponseStatus: true,
		},
	}}
	return c, errors.Join(openapi3filter.ValidateRequest(context.Background(), c.input), unknownParts(route.Operation, r, body))
}

// unknownParts says what of a request the description does not have. GitHub
// ignores it, so that nothing else would tell.
func unknownParts(o *openapi3.Operation, r *http.Request, body []byte) error {
	for name := range r.URL.Query() {
		if o.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			return fmt.Errorf("unknown query parameter %q", name)
		}
	}
	if len(body) == 0 {
		return nil
	}
	var keys map[string]any
	if err := json.Unmarshal(body, &keys); err != nil {
		return err
	}
	schema := o.RequestBody.Value.Content.Get("application/json").Schema.Value
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if schema.Properties[key] == nil {
			return fmt.Errorf("unknown property %q", key)
		}
	}
	return nil
}

// checkResponse compares an answer of the fake with the description.
func (d *Description) checkResponse(c call, status int, header http.Header, body []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := fmt.Sprintf("%s %d %s", c.operation, status, body)
	if err, known := d.seen[key]; known {
		return err
	}
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: c.input, Status: status, Header: header, Options: c.input.Options,
	}
	in.SetBodyBytes(body)
	err := openapi3filter.ValidateResponse(context.Background(), in)
	d.seen[key] = err
	return err
}

// example returns GitHub's own example of an answer, which is the template of
// ours.
func (d *Description) example(operation string, status int) (any, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := fmt.Sprint(operation, status)
	if d.examples[key] == nil {
		method, path, _ := strings.Cut(operation, " ")
		media := d.document.Paths.Value(path).GetOperation(method).Responses.Status(status).Value.Content.Get("application/json")
		value := media.Example
		for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
			value = media.Examples[name].Value.Value
			break
		}
		data, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		d.examples[key] = data
	}
	var copied any
	err := json.Unmarshal(d.examples[key], &copied)
	return copied, err
}
