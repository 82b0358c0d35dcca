package podsecurity

import (
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// BenchmarkPodSecurity judges one pod by the restricted level: the judge, which
// says where each fault stands, and the evaluator that it asks, which names the
// checks that fail.
func BenchmarkPodSecurity(b *testing.B) {
	for name, tc := range map[string]struct {
		context string
		fails   int
	}{
		"good": {"runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}", 0},
		"bad":  {"privileged: true", 5},
	} {
		objects, err := manifest.Read("pod.yaml", fmt.Appendf(nil, `apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: web
    image: registry.example/web:1.4
    securityContext: {%s}
`, tc.context))
		if err != nil {
			b.Fatal(err)
		}
		j, err := New("restricted", "")
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/portcullis", func(b *testing.B) {
			for b.Loop() {
				if r, err := j.all(objects); err != nil || rulesOf(r) != tc.fails {
					b.Fatal(rulesOf(r), err)
				}
			}
		})
		b.Run(name+"/evaluator", func(b *testing.B) {
			for b.Loop() {
				if n, err := failing(j, objects[0]); err != nil || n != tc.fails {
					b.Fatal(n, err)
				}
			}
		})
	}
}

func rulesOf(r report) int {
	seen := map[string]bool{}
	for _, f := range r.findings {
		seen[f.Rule] = true
	}
	return len(seen)
}

// failing counts the checks that fail, and looks no further.
func failing(j *Judge, o *manifest.Object) (int, error) {
	w, _ := workloadOf(o)
	pod, err := decode(w.pod)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, r := range j.evaluator.EvaluatePod(j.standard, &metav1.ObjectMeta{}, &pod.Spec) {
		if !r.Allowed {
			n++
		}
	}
	return n, nil
}
