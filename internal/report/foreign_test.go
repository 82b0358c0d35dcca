package report

import (
	"reflect"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func TestReadIsStrict(t *testing.T) {
	good := render(t, "json", closed(), Options{})
	if r, err := Read([]byte(good)); err != nil || render(t, "json", r, Options{}) != good {
		t.Fatalf("a report does not come back as it was: %v", err)
	}
	for name, bad := range map[string]struct{ document, why string }{
		"cut":           {good[:len(good)/2], "unexpected end"},
		"twice":         {good + good, "more follows"},
		"key twice":     {strings.Replace(good, `"schema": 1`, `"schema": 1, "schema": 1`, 1), "twice"},
		"other case":    {strings.Replace(good, `"verdict"`, `"Verdict"`, 1), "at /"},
		"unknown key":   {strings.Replace(good, `"tool"`, `"more": 1, "tool"`, 1), "at /"},
		"not UTF-8":     {strings.Replace(good, "acme/shop", "acme\xff", 1), "UTF-8"},
		"other schema":  {strings.Replace(good, `"schema": 1`, `"schema": 2`, 1), "schema 2, want 1"},
		"wrong verdict": {strings.Replace(good, `"verdict": "error"`, `"verdict": "passed"`, 1), "at /verdict"},
		"wrong line":    {strings.Replace(good, `"line": 23`, `"line": -23`, 1), "/line"},
		"long number":   {strings.Replace(good, `"line": 23`, `"line": 23e99`, 1), ""},
		"deep":          {strings.Repeat("[", 1<<20), ""},
		"empty":         {"", ""},
	} {
		r, err := Read([]byte(bad.document))
		if err == nil || !strings.Contains(err.Error(), bad.why) {
			t.Errorf("%s: %v, want %q", name, err, bad.why)
		}
		if err == nil && r.Verdict == gate.Passed {
			t.Errorf("%s: passed", name)
		}
	}
}

// FuzzRead holds that what is read can be shown in every format, and as the
// comment of a foreign run makes no node that is not ours.
func FuzzRead(f *testing.F) {
	for _, r := range []gate.Report{closed(), opened(), many(3)} {
		f.Add([]byte(render(f, "json", r, Options{})))
	}
	for _, s := range hostile {
		r, _ := poisoned(s)
		r.Context, r.Images = closed().Context, nil
		f.Add([]byte(render(f, "json", r, Options{})))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		r, err := Read(document)
		if err != nil || CheckForeign(r) != nil {
			return
		}
		for _, format := range Names() {
			render(t, format, r, Options{Annotations: true, Foreign: true})
		}
		body := Comment(Foreign(r, "failure"), "k", Options{Foreign: true, Server: server})
		if strings.Contains(body, "gate open\n") && !strings.Contains(body, "`") {
			t.Errorf("a run that failed is open:\n%s", body)
		}
		if strings.ContainsRune(string(document), 0) || strings.Contains(string(document), `\u0000`) {
			return // the parser's own replacement is not at stake
		}
		links, others := anchors(body)
		for _, link := range links {
			if !strings.HasPrefix(link, server+"/") {
				t.Errorf("a link to %q", link)
			}
		}
		if others != 2 {
			t.Errorf("%d nodes that are not ours in\n%s", others, body)
		}
	})
}

func TestCheckForeign(t *testing.T) {
	for _, r := range []gate.Report{closed(), opened(), many(5000)} {
		if err := CheckForeign(r); err != nil {
			t.Error(err)
		}
	}
	below := closed()
	below.Context.Root, below.Context.TrustedChanged = "services/shop", []string{"../../.github/workflows/gate.yml"}
	if err := CheckForeign(below); err != nil {
		t.Error(err)
	}
	for why, change := range map[string]func(*gate.Report){
		"is not in the repository": func(r *gate.Report) { r.Stages[0].Findings[0].Path = "../x" },
		`"/etc/passwd"`:            func(r *gate.Report) { r.Stages[0].Failures[0].Path = "/etc/passwd" },
		`"a\\..\\..\\b"`:           func(r *gate.Report) { r.Stages[0].Findings[0].Path = `a\..\..\b` },
		`path "../y"`:              func(r *gate.Report) { r.Stages[0].Findings[0].Fix = &gate.Fix{Path: "../y"} },
		`path "../z"`:              func(r *gate.Report) { r.Context.TrustedChanged = []string{"../z"} },
		`workspace "../.."`:        func(r *gate.Report) { r.Context.Root = "../.." },
		"more than a run has":      func(r *gate.Report) { *r = many(50_001) },
		"passed with what closes":  func(r *gate.Report) { r.Stages[0].Verdict = gate.Passed },
		"did not":                  func(r *gate.Report) { r.Verdict = gate.Passed },
		"without a stage that did": func(r *gate.Report) { *r = gate.Report{Verdict: gate.Passed} },
	} {
		r := closed()
		change(&r)
		if err := CheckForeign(r); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%v, want %q", err, why)
		}
	}
}

func TestForeign(t *testing.T) {
	signed := opened()
	got := Foreign(signed, "success")
	if got.Images[0].Signature != nil || signed.Images[0].Signature == nil || !open(got) {
		t.Errorf("got %+v", got)
	}
	body := Comment(got, "k", Options{Foreign: true})
	for text, want := range map[string]bool{"**Not verified:**": true, "Images, as the run says": true, "signature verified": false, "cosign verify": false} {
		if strings.Contains(body, text) != want {
			t.Errorf("%q in the comment: %t\n%s", text, !want, body)
		}
	}
	for _, format := range []string{"text", "github", "markdown", "html"} {
		if got := strings.ToLower(render(t, format, got, Options{Foreign: true})); !strings.Contains(got, notVerified) || strings.Contains(got, "scanned == signed") {
			t.Errorf("%s does not say that nobody vouches for it, or vouches itself", format)
		}
	}
	for _, concluded := range []string{"cancelled", "failure", "skipped", "neutral", "timed_out", "", "Success"} {
		r := Foreign(opened(), concluded)
		if open(r) || !strings.Contains(Comment(r, "k", Options{}), "gate closed") {
			t.Errorf("%q is open", concluded)
		}
	}
	if want := closed(); !reflect.DeepEqual(Foreign(closed(), "cancelled"), want) {
		t.Error("a closed gate is shown as something else")
	}
}
