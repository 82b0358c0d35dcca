package workflow

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// repository makes a tree of files.
func repository(t testing.TB, files map[string]string) *workspace.Tree {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := workspace.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return tree
}

// check returns what is found, as "path:line:column rule" lines.
func check(t testing.TB, above string, files map[string]string) ([]string, error) {
	t.Helper()
	s, err := Find(t.Context(), repository(t, files), above)
	if err != nil {
		t.Fatal(err)
	}
	if s == nil {
		return nil, nil
	}
	res, err := s.Run(t.Context())
	var found []string
	for _, f := range res.Findings {
		found = append(found, fmt.Sprintf("%s:%d:%d %s", filepath.Base(f.Path), f.Line, f.Column, f.Rule))
	}
	slices.Sort(found)
	return found, err
}

const path = ".github/workflows/gate.yml"

// TestRules holds that each rule finds its bad example, and nothing in its good
// one but what another rule says.
func TestRules(t *testing.T) {
	for _, r := range Rules() {
		bad, err := check(t, "", map[string]string{path: r.Bad})
		if err != nil || len(bad) != 1 || !strings.HasSuffix(bad[0], r.ID) {
			t.Errorf("%s: the bad example: %q, %v", r.ID, bad, err)
		}
		if good, err := check(t, "", map[string]string{path: r.Good}); err != nil || len(good) > 0 {
			t.Errorf("%s: the good example: %q, %v", r.ID, good, err)
		}
		if r.Why == "" || r.Remediation == "" || r.Stage != Name {
			t.Errorf("%s is not documented: %+v", r.ID, r)
		}
	}
}

func TestR42TheGateAlwaysRunsAndCounts(t *testing.T) {
	const head = "on:\n  merge_group:\n  pull_request:\njobs:\n  gate:\n"
	const step = "    steps:\n      - uses: acme/portcullis@v1\n"
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"clean":                     {text: head + step},
		"condition of the job":      {text: head + "    if: github.actor == 'x'\n" + step, want: []string{"gate.yml:6:5 PC7001"}},
		"condition of the step":     {text: head + step + "        if: ${{ github.ref }}\n", want: []string{"gate.yml:8:9 PC7001"}},
		"always":                    {text: head + "    if: ${{  always() }}\n" + step},
		"not cancelled":             {text: head + "    if: '!cancelled()'\n" + step},
		"always, and more":          {text: head + "    if: always() && github.ref\n" + step, want: []string{"gate.yml:6:5 PC7001"}},
		"condition of another step": {text: head + step + "      - run: ls\n        if: github.ref\n"},
		"condition of another job":  {text: head + step + "  other:\n    if: github.ref\n    steps:\n      - run: ls\n"},
		"condition in the queue":    {text: strings.Replace(head, "pull_request", "push", 1) + "    if: github.ref\n" + step, want: []string{"gate.yml:6:5 PC7001"}},
		"push only":                 {text: "on: push\njobs:\n  gate:\n    if: github.ref\n" + step},
		"list of events":            {text: "on: [push, pull_request]\njobs:\n  gate:\n    if: github.ref\n" + step, want: []string{"gate.yml:4:5 PC7001"}},
		"continue on error":         {text: head + "    continue-on-error: ${{ matrix.x }}\n" + step, want: []string{"gate.yml:6:5 PC7002"}},
		"step goes on":              {text: head + step + "        continue-on-error: true\n", want: []string{"gate.yml:8:9 PC7002"}},
		"does not go on":            {text: head + "    continue-on-error: false\n" + step},
		"swallowed":                 {text: head + "    steps:\n      - run: ./bin/portcullis run . || true\n", want: []string{"gate.yml:7:9 PC7002"}},
		"nested beyond measure":     {text: head + "    steps:\n      - run: '" + strings.Repeat("if a; then ", 60) + "portcullis run | cat" + strings.Repeat("; fi", 60) + "'\n", want: []string{"gate.yml:7:9 PC7002"}},
		"swallowed a line below":    {text: head + "    steps:\n      - run: |\n          portcullis run . \\\n            || true\n", want: []string{"gate.yml:8:11 PC7002"}},
		"another line":              {text: head + "    steps:\n      - run: |\n          portcullis run .\n          ls || true\n"},
		"command":                   {text: head + "    steps:\n      - run: docker run x portcullis run\n        if: github.ref\n", want: []string{"gate.yml:8:9 PC7001"}},
		"image":                     {text: head + "    steps:\n      - uses: docker://ghcr.io/acme/portcullis:1\n        if: github.ref\n", want: []string{"gate.yml:8:9 PC7001"}},
		"pipe":                      {text: head + "    steps:\n      - run: |\n          set -u\n          é='' portcullis run | tee log\n", want: []string{"gate.yml:9:11 PC7002"}},
		"pipe, folded":              {text: head + "    steps:\n      - run: >\n          portcullis run\n          | tee log\n", want: []string{"gate.yml:7:9 PC7002"}},
		"pipe of bash":              {text: head + "    steps:\n      - run: portcullis run | tee log\n        shell: bash\n"},
		"default of the job":        {text: head + "    defaults: {run: {shell: bash}}\n    steps:\n      - run: portcullis run | tee log\n"},
		"default of the workflow":   {text: "defaults: {run: {shell: bash}}\n" + head + "    steps:\n      - run: portcullis run | tee log\n"},
		"options of one's own":      {text: head + "    steps:\n      - run: portcullis run | tee log\n        shell: bash -euo pipefail {0}\n"},
		"no set -e":                 {text: head + "    steps:\n      - run: |\n          portcullis run\n          ls\n        shell: bash {0}\n", want: []string{"gate.yml:8:11 PC7002"}},
		"PowerShell":                {text: head + "    runs-on: [windows-2022]\n    steps:\n      - run: portcullis run | Tee-Object log\n"},
		"PowerShell goes on":        {text: head + "    steps:\n      - run: portcullis run || 1\n        shell: pwsh\n", want: []string{"gate.yml:7:9 PC7002"}},
		"unreadable script":         {text: head + "    steps:\n      - run: if portcullis run || true\n", want: []string{"gate.yml:7:9 PC7002"}},
		"expressions":               {text: head + "    steps:\n      - run: ${{ github.workspace }}/portcullis run ${{ inputs.a || 'b' }}\n"},
		"needs":                     {text: head + "    needs: [gate2, build]\n" + step + "  gate2:\n" + step, want: []string{"gate.yml:6:5 PC7005"}},
		"needs a gate":              {text: head + "    needs: gate2\n" + step + "  gate2:\n" + step},
		"needs, and runs":           {text: head + "    needs: build\n    if: ${{ always() }}\n" + step},
		"needs, runs after failure": {text: head + "    needs: build\n    if: success() || failure()\n" + step + "  build:\n    needs: [lint, build]\n  lint: {}\n"},
		"needs what may be skipped": {text: head + "    needs: build\n    if: success() || failure()\n" + step + "  build:\n    needs: lint\n  lint: {if: github.ref}\n", want: []string{"gate.yml:6:5 PC7005"}},
		"needs, says true":          {text: head + "    needs: build\n    if: true\n" + step, want: []string{"gate.yml:6:5 PC7005"}},
		"needs, on push":            {text: "on: push\njobs:\n  gate:\n    needs: build\n" + step},
		"paths":                     {text: strings.Replace(head, "pull_request:\n", "pull_request:\n    paths-ignore: [docs/**]\n", 1) + step, want: []string{"gate.yml:4:5 PC7003"}},
		"paths of a push":           {text: strings.Replace(head, "pull_request:\n", "pull_request:\n  push:\n    paths: [a]\n", 1) + step},
		"anchors":                   {text: "on: pull_request\njobs:\n  a: &a\n    if: github.ref\n" + step + "  b: *a\n", want: []string{"gate.yml:4:5 PC7001", "gate.yml:4:5 PC7001"}},
		"token":                     {text: head + "    steps:\n      - uses: actions/checkout@v4\n" + step[len("    steps:\n"):], want: []string{"gate.yml:7:15 PC7004"}},
		"no gate":                   {text: head + "    if: github.ref\n    steps:\n      - run: echo portcullis\n"},
		"another command":           {text: head + step + "        if: github.ref\n        with: {command: report}\n"},
		"another action":            {text: head + "    if: github.ref\n    steps:\n      - uses: acme/portcullis-report@v1\n"},
	} {
		if got, err := check(t, "", map[string]string{path: test.text}); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q (%v)\n%s", name, got, test.want, err, test.text)
		}
	}
}

func TestR42ThroughACalledWorkflow(t *testing.T) {
	files := map[string]string{
		path:                            "on: workflow_call\njobs:\n  gate:\n    steps:\n      - uses: acme/portcullis@v1\n",
		".github/workflows/middle.yaml": "on: workflow_call\njobs:\n  call:\n    uses: ./.github/workflows/gate.yml\n",
		".github/workflows/a.yml":       "on: pull_request\njobs:\n  call:\n    if: github.ref\n    uses: ./.github/workflows/middle.yaml\n",
		".github/workflows/other.yml":   "on: pull_request\njobs:\n  call:\n    if: github.ref\n    uses: ./.github/workflows/none.yml\n",
	}
	if got, err := check(t, "", files); err != nil || !slices.Equal(got, []string{"a.yml:4:5 PC7001"}) {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestExamplesAreClean holds that what the documentation tells to copy is what
// the rules demand.
func TestExamplesAreClean(t *testing.T) {
	files := map[string]string{}
	examples, err := filepath.Glob("../../examples/*.yml")
	if err != nil || len(examples) < 3 {
		t.Fatalf("examples %q, %v", examples, err)
	}
	for _, name := range examples {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[".github/workflows/"+filepath.Base(name)] = string(text)
	}
	s, err := Find(t.Context(), repository(t, files), "")
	if err != nil || s == nil {
		t.Fatal(s, err)
	}
	res, err := s.Run(t.Context())
	if err != nil || len(res.Findings) > 0 || res.Checked.Files != 2 { // publish.yml checks nothing
		t.Errorf("got %+v, %v", res, err)
	}
}

func TestOwnRepository(t *testing.T) {
	files := map[string]string{path: "on: pull_request\njobs:\n  gate:\n    if: github.ref\n    steps:\n      - uses: ./\n"}
	if got, _ := check(t, "", files); got != nil {
		t.Errorf("another action's repository: %q", got)
	}
	files["action.yml"] = "name: portcullis\n"
	if got, _ := check(t, "", files); len(got) != 1 {
		t.Errorf("got %q", got)
	}
}

func TestWhatCannotBeReadIsAnError(t *testing.T) {
	for name, text := range map[string]string{
		"broken": "on: pull_request\njobs: [\n# portcullis", "empty": "# portcullis", "no job": "on: push\nname: portcullis\n",
		"large": "# portcullis" + strings.Repeat(" ", 1<<20),
	} {
		s, err := Find(t.Context(), repository(t, map[string]string{path: text}), "../")
		if err != nil || s == nil {
			t.Fatalf("%s: %v, %v", name, s, err)
		}
		res, err := s.Run(t.Context())
		failures := gate.Failures(err)
		if len(failures) != 1 || failures[0].Path != "../"+path {
			t.Errorf("%s: %+v, %v", name, res, err)
		}
	}
	if got, err := check(t, "", map[string]string{path: "on: [", "Dockerfile": "FROM x"}); got != nil || err != nil {
		t.Errorf("a workflow that does not speak of the gate: %q, %v", got, err)
	}
}

// TestR24WorkflowBeyondTheLimit shows that a workflow that is too large to be
// read does not count as one that has nothing to do with the gate.
func TestR24WorkflowBeyondTheLimit(t *testing.T) {
	tree := repository(t, map[string]string{path: "on: pull_request # portcullis\n"})
	if err := os.Truncate(filepath.Join(tree.Dir(), path), workspace.MaxFileSize+1); err != nil {
		t.Fatal(err)
	}
	s, err := Find(t.Context(), tree, "")
	if err != nil || s == nil {
		t.Fatalf("%v, %v", s, err)
	}
	_, err = s.Run(t.Context())
	if failures := gate.Failures(err); len(failures) != 1 || failures[0].Path != path || !strings.Contains(failures[0].Message, "limit") {
		t.Errorf("got %+v", failures)
	}
}

func FuzzWorkflow(f *testing.F) {
	for _, r := range Rules() {
		f.Add(r.Bad)
	}
	f.Add("on: &a [*a]\njobs: {a: {steps: [1, {uses: portcullis@x}, [a]]}, b: 1}")
	f.Add("a: &a [*a, portcullis]")
	f.Fuzz(func(t *testing.T, text string) {
		s := &Stage{texts: map[string][]byte{path: []byte(text)}}
		res, err := s.Run(t.Context())
		for _, found := range res.Findings {
			if found.Line < 1 || found.Column < 1 || found.Line > strings.Count(text, "\n")+1 {
				t.Errorf("%+v of %q (%v)", found, text, err)
			}
		}
	})
}
