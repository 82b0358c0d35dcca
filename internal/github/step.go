package github

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// nameLength is how many characters of a name people read.
const nameLength = 120

// A Step is the step of a workflow that the process runs as, as far as posting
// has to know it.
type Step struct {
	API        string // the address of the API
	Token      string // "": nothing can be posted
	Repository string // owner/name
	Workflow   string // the path of the workflow file
	Job        string // the id of the job
	RunID      int64
	Attempt    int
	Ref        string
	RunURL     string // the page of the run
}

// ReadStep reads the step from the environment. The token is the input of that
// name, else GITHUB_TOKEN.
func ReadStep(getenv func(string) string) Step {
	s := Step{
		API: getenv("GITHUB_API_URL"), Token: strings.TrimSpace(cmp.Or(getenv("INPUT_TOKEN"), getenv("GITHUB_TOKEN"))),
		Repository: getenv("GITHUB_REPOSITORY"), Job: getenv("GITHUB_JOB"), Ref: getenv("GITHUB_REF"),
	}
	// acme/shop/.github/workflows/ci.yml@refs/pull/7/merge
	workflow, _, _ := strings.Cut(getenv("GITHUB_WORKFLOW_REF"), "@")
	s.Workflow = strings.TrimPrefix(workflow, s.Repository+"/")
	s.RunID, _ = strconv.ParseInt(getenv("GITHUB_RUN_ID"), 10, 64) // 0: the oldest run
	s.Attempt, _ = strconv.Atoi(getenv("GITHUB_RUN_ATTEMPT"))
	if server := getenv("GITHUB_SERVER_URL"); server != "" && s.RunID > 0 {
		s.RunURL = fmt.Sprintf("%s/%s/actions/runs/%d/attempts/%d", server, s.Repository, s.RunID, max(s.Attempt, 1))
	}
	return s
}

// Key is what tells the posts of this job from those of every other job of the
// repository. A workflow may check several folders, and a job may have a matrix.
func (s Step) Key(folder, matrix string) string {
	return strings.Join([]string{s.Workflow, s.Job, folder, strings.Join(matrixValues(matrix), ", ")}, "\x00")
}

// Name is [Step.Key] for people, in limited length: "ci.yml/gate (charts; linux, 1.26)".
func (s Step) Name(folder, matrix string) string {
	name := strings.TrimPrefix(s.Workflow[strings.LastIndexByte(s.Workflow, '/')+1:]+"/"+s.Job, "/")
	var parts []string
	if folder != "" && folder != "." {
		parts = append(parts, folder)
	}
	if values := matrixValues(matrix); len(values) > 0 {
		parts = append(parts, strings.Join(values, ", "))
	}
	if len(parts) > 0 {
		name += " (" + strings.Join(parts, "; ") + ")"
	}
	if runes := []rune(name); len(runes) > nameLength {
		sum := sha256.Sum256([]byte(name))
		name = string(runes[:nameLength-9]) + "…" + hex.EncodeToString(sum[:4])
	}
	return name
}

// matrixValues are the values of a matrix that is written as JSON, in the order
// of their names; any other text is a value itself, and null none.
func matrixValues(matrix string) []string {
	var object map[string]any
	switch err := json.Unmarshal([]byte(matrix), &object); {
	case strings.TrimSpace(matrix) == "" || err == nil && len(object) == 0:
		return nil
	case err != nil:
		return []string{strings.TrimSpace(matrix)}
	}
	var values []string
	for _, key := range slices.Sorted(maps.Keys(object)) {
		text, isText := object[key].(string)
		if !isText {
			data, err := json.Marshal(object[key])
			if err != nil { // it was read as JSON
				continue
			}
			text = string(data)
		}
		values = append(values, text)
	}
	return values
}
