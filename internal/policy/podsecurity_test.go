package policy

import (
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

const privileged = `apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  hostPID: true
  volumes:
  - name: run
    hostPath: {path: /run}
  containers:
  - name: web
    image: registry.example/web:1.4
    securityContext:
      privileged: true
`

// TestTwinsNameEachOther shows that a built-in policy and the Pod Security
// check that says the same are shown as one.
func TestTwinsNameEachOther(t *testing.T) {
	tr := tree(t, map[string]string{"pod.yaml": privileged})
	s := run(t, Options{Tree: tr, Builtin: true, PodSecurity: "baseline"})
	for _, pair := range [][2]string{{"PC1001", "pss/privileged"}, {"PC1002", "pss/hostNamespaces"}, {"PC1301", "pss/hostPathVolumes"}} {
		for i, rule := range pair {
			also := ""
			for _, f := range s.Findings {
				if f.Rule == rule {
					also += strings.Join(f.Also, " ")
				}
			}
			if also != pair[1-i] {
				t.Errorf("%s names %q:\n%s", rule, also, text(s, tr))
			}
		}
	}
}

// TestPodSecurityAlone shows that a level is enough of a policy, and that
// privileged, which demands nothing, is none.
func TestPodSecurityAlone(t *testing.T) {
	tr := tree(t, map[string]string{"pod.yaml": privileged})
	s := run(t, Options{Tree: tr, PodSecurity: "baseline", PodSecurityVersion: "v1.20"})
	if s.Verdict != gate.Failed || len(s.Findings) != 3 || s.Checked.Rules < 10 {
		t.Errorf("%s, %d rules:\n%s", s.Verdict, s.Checked.Rules, text(s, tr))
	}
	if s = run(t, Options{Tree: tr, PodSecurity: "privileged"}); s.Verdict != gate.Error {
		t.Errorf("%s:\n%s", s.Verdict, text(s, tr))
	}
	if s = run(t, Options{Tree: tr, Builtin: true, PodSecurity: "baseline", PodSecurityVersion: "new"}); s.Verdict != gate.Error {
		t.Errorf("%s:\n%s", s.Verdict, text(s, tr))
	}
}
