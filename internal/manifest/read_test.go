package manifest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// summary is what a read gives, one line for each object and error.
func summary(objects []*Object, err error) string {
	var lines []string
	for _, o := range objects {
		lines = append(lines, fmt.Sprintf("%s@%d", o, o.First().Line))
	}
	for _, f := range gate.Failures(err) {
		lines = append(lines, fmt.Sprintf("error@%d: %s", f.Line, f.Message))
	}
	return strings.Join(lines, "\n")
}

const (
	podA = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
	podB = "apiVersion: v1\nkind: Pod\nmetadata: {name: b}\n"
	jsnA = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}`
	jsnB = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}}`
)

func TestR12Documents(t *testing.T) {
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	for name, tc := range map[string]struct{ in, want string }{
		"one":                        {podA, "Pod/a@1"},
		"two":                        {podA + "---\n" + podB, "Pod/a@1\nPod/b@5"},
		"leading separators":         {"---\n---\n" + podA, "Pod/a@3"},
		"separator with comment":     {podA + "--- # next\n" + podB, "Pod/a@1\nPod/b@5"},
		"separator with spaces":      {podA + "---   \n" + podB, "Pod/a@1\nPod/b@5"},
		"trailing separator":         {podA + "---\n", "Pod/a@1"},
		"separator without break":    {podA + "---", "Pod/a@1"},
		"comments only":              {"# nothing\n\n# here\n", ""},
		"empty":                      {"", ""},
		"separators only":            {"---\n---\n---\n", ""},
		"inline content":             {podA + "--- {apiVersion: v1, kind: Pod, metadata: {name: b}}\n", "error@4: text behind the document separator \"---\""},
		"glued content":              {podA + "---hidden: 1\n", "error@4: text behind the document separator \"---\""},
		"end marker hides":           {podA + "...\n" + podB, "error@4: reading YAML: did not find expected <document start>"},
		"end marker at the end":      {podA + "...\n", "Pod/a@1"},
		"carriage return hides":      {"apiVersion: v1\rkind: Pod\rmetadata: {name: a}\r---\rapiVersion: v1\rkind: Secret\r", "error@1: a second document without a \"---\" line of its own before it: kubectl would not read it"},
		"CRLF":                       {crlf(podA + "---\n" + podB), "Pod/a@1\nPod/b@5"},
		"byte order mark":            {"\ufeff" + podA + "---\n" + podB, "Pod/a@1\nPod/b@5"},
		"UTF-16":                     {"\xff\xfea\x00p\x00i\x00", "error@1: a NUL character (is this UTF-16? save the file as UTF-8)"},
		"invalid UTF-8":              {podA + "# \xff\n", "error@4: not valid UTF-8 text"},
		"tab indentation":            {"apiVersion: v1\nkind: Pod\nmetadata:\n\tname: a\n", "error@4: reading YAML: found character that cannot start any token"},
		"JSON":                       {jsnA, "Pod/a@1"},
		"JSON stream":                {jsnA + "\n" + jsnB + jsnA, "Pod/a@1\nPod/b@2\nPod/a@2"},
		"JSON and separators":        {jsnA + "\n---\n" + jsnB + "\n---\n" + podA, "Pod/a@1\nPod/b@3\nPod/a@5"},
		"JSON then YAML":             {jsnA + "\n---\n" + podB, "Pod/a@1\nPod/b@3"},
		"JSON then text":             {jsnA + jsnB + "\n---\n" + podA, "Pod/a@1\nPod/b@1\nerror@2: reading JSON: invalid character '-' in numeric literal"},
		"YAML flow":                  {"{apiVersion: v1, kind: Pod, metadata: {name: a}}\n", "Pod/a@1"},
		"JSON cut off":               {`{"apiVersion": "v1", "kind": "Pod"`, "error@1: reading JSON: unexpected EOF"},
		"YAML flow cut off":          {"{apiVersion: v1, kind: Pod", "error@1: reading YAML: did not find expected ',' or '}'"},
		"JSON tabs":                  {"{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"Pod\",\n\t\"metadata\": {\"name\": \"\\u0061\"}\n}", "Pod/a@2"},
		"escaped keys":               {"\"\\x61piVersion\": v1\n\"k\\u0069nd\": Pod\nmetadata: {name: a}\n", "Pod/a@1"},
		"separator in block scalar":  {podA + "data: |\n  x\n  ---\n  y\n", "Pod/a@1"},
		"syntax error in the second": {podA + "---\nkind: [\n---\n" + podB, "Pod/a@1\nerror@5: reading YAML: did not find expected node content"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := summary(Read("a.yaml", []byte(tc.in))); got != tc.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tc.want)
			}
		})
	}
}

func TestR13ListsAndTricks(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"list":            {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n- {apiVersion: v1, kind: Pod, metadata: {name: b, namespace: ns}}\n", "Pod/a@4\nPod/ns/b@7"},
		"typed list":      {"apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n", "Pod/a@4"},
		"nested list":     {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n  - {apiVersion: v1, kind: Pod, metadata: {name: b}}\n", "Pod/b@7"},
		"empty list":      {"apiVersion: v1\nkind: List\nitems: []\n", ""},
		"list in JSON":    {"{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n" + jsnA + ",\n" + jsnB + "]}", "Pod/a@2\nPod/b@3"},
		"item null":       {"apiVersion: v1\nkind: List\nitems:\n- null\n", "error@4: an item of a list that is empty"},
		"item scalar":     {"apiVersion: v1\nkind: List\nitems:\n- x\n", "error@4: not an object: a manifest is a mapping with apiVersion and kind"},
		"items no list":   {"apiVersion: v1\nkind: List\nitems: x\n", "error@3: the items of a list are not a sequence"},
		"pod with items":  {podA + "items: []\n", "error@4: a Pod with items: kubectl takes it for a list"},
		"duplicate":       {podA + "kind: Secret\n", "error@4: the key \"kind\" is there twice"},
		"duplicate quote": {podA + "\"k\\x69nd\": Secret\n", "error@4: the key \"kind\" is there twice"},
		"duplicate bool":  {podA + "x:\n  yes: 1\n  \"true\": 2\n", "error@5: unclear structure: kubectl reads a mapping with 1 keys here"},
		"duplicate JSON":  {"{\"kind\": \"Pod\",\n\"kind\": \"Secret\"}", "error@2: the key \"kind\" is there twice"},
		"boolean keys":    {podA + "x:\n  yes: 1\n  0x10: 2\n  1.50: 3\n", "Pod/a@1"},
		"merge key":       {"x: &x {kind: Pod}\n<<: *x\napiVersion: v1\n", "Pod/@1"},
		"merge replaced":  {"x: &x {kind: Secret, apiVersion: v2}\n<<: *x\napiVersion: v1\nkind: Pod\n", "Pod/@1"},
		"merge trick":     {"x: &x {kind: Secret}\napiVersion: v1\nkind: Pod\n<<: *x\n", "error@4: the key \"kind\" is there before a merge key (<<) that has it too: put the merge key first"},
		"merge twice":     {podA + "x: &x {a: b}\n<<: *x\n<<: *x\n", "error@6: the key \"<<\" is there twice"},
		"merge nothing":   {podA + "<<: 1\n", "error@4: a merge key (<<) that names no mapping"},
		"merge a list":    {podA + "<<: [[a]]\n", "error@4: a merge key (<<) that names no mapping"},
		"merge quoted":    {podA + "\"<<\": {a: b}\n", "error@4: a key << that merges nothing"},
		"sequence":        {"- a\n", "error@1: not an object: a manifest is a mapping with apiVersion and kind"},
		"scalar":          {podA + "---\nhello\n---\n" + podB, "Pod/a@1\nPod/b@7\nerror@5: not an object: a manifest is a mapping with apiVersion and kind"},
		"no kind":         {podA + "---\napiVersion: v1\n", "Pod/a@1\nerror@5: an object without kind"},
		"kind a number":   {"apiVersion: v1\nkind: 1\n", "error@2: an object without kind"},
		"complex key":     {podA + "? {a: b}\n: c\n", "error@4: a key that is not a scalar"},
		"alias as key":    {"x: &k kind\napiVersion: v1\n*k : Pod\nmetadata: {name: a}\n", "Pod/a@1"},
		"unknown alias":   {podA + "x: *nowhere\n", "error@1: reading YAML: unknown anchor 'nowhere' referenced"},
		"self reference":  {podA + "x: &x\n  y: *x\n", "error@5: the anchor \"x\" contains itself"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := summary(Read("a.yaml", []byte(tc.in))); got != tc.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tc.want)
			}
		})
	}
}

// TestR13MergedFields shows where a merged field stands: where it is written.
func TestR13MergedFields(t *testing.T) {
	objects, err := Read("a.yaml", []byte(`apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - &base
    name: a
    image: one
    env: [{name: A}]
  - <<: [{image: two, tty: true}, *base]
    name: b
`))
	if err != nil || len(objects) != 1 {
		t.Fatal(summary(objects, err))
	}
	for step, want := range map[string]string{"name": "11:11", "image": "10:18", "tty": "10:28", "env": "9:10"} {
		r, ok := objects[0].Locate("spec", "containers", 1, step)
		if got := fmt.Sprintf("%d:%d", r.Line, r.Column); !ok || got != want {
			t.Errorf("%s is at %s, want %s", step, got, want)
		}
	}
}

func TestR24InputBombs(t *testing.T) {
	laughs := "a0: &a0 [x]\n"
	for i := range 9 {
		laughs += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), i)
	}
	merges := "a0: &a0 {x: 1}\n"
	for i := range 25 {
		merges += fmt.Sprintf("a%d: &a%d {<<: *a%d, b: *a%d, c%d: *a%d}\n", i+1, i+1, i, i, i, i)
	}
	for name, tc := range map[string]struct{ in, want string }{
		"merges":        {podA + merges, "more than 2000000 values"},
		"aliases":       {podA + laughs, "more than 2000000 values"},
		"deep flow":     {podA + "x: " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000), "nested deeper than 500 levels"},
		"deeper flow":   {podA + "x: " + strings.Repeat("[", 100_000), "exceeded max depth"},
		"deep JSON":     {`{"x": ` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}", "nested deeper than 500 levels"},
		"documents":     {strings.Repeat("---\n# x\n---\n", 1_000_000), "more than 10000 documents"},
		"document":      {podA + strings.Repeat("# x\n", 9<<18), "larger than the limit of 8 MiB for a YAML document"},
		"size":          {podA + strings.Repeat("# x\n", 5<<20), "larger than the limit of 16 MiB"},
		"long key":      {podA + strings.Repeat("k", 1<<20) + ": 1\n", "could not find expected ':'"},
		"long key JSON": {`{"kind": "Pod", "apiVersion": "v1", "` + strings.Repeat("k", 1<<20) + `": 1}`, ""},
		"one long line": {"{apiVersion: v1, kind: Pod, x: [" + strings.Repeat("a,", 1<<19) + "]}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := Read("a.yaml", []byte(tc.in))
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %s", took)
			}
			var check *gate.CheckError
			switch {
			case tc.want == "" && err != nil:
				t.Fatal(err)
			case tc.want == "":
			case !errors.As(err, &check) || check.Location.Path != "a.yaml" || check.Location.Line == 0:
				t.Errorf("no CheckError with a place: %v", err)
			case !strings.Contains(err.Error(), tc.want):
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}
