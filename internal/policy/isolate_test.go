package policy

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// serving makes the test binary the process that evaluates policies.
const serving = "evaluate-policies"

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == serving {
		if err := Serve(context.Background(), os.Stdin, os.Stdout, noRenderers); err != nil {
			panic(err)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func noRenderers(map[string][]string) []manifest.Renderer { return nil }

func process(ctx context.Context) (*exec.Cmd, error) {
	cmd := exec.CommandContext(ctx, os.Args[0], serving)
	cmd.Env = []string{}
	return cmd, nil
}

// TestR23ProcessSaysTheSame compares the report of another process with that of
// this one: findings, notes, errors and the digest of the policies.
func TestR23ProcessSaysTheSame(t *testing.T) {
	bundle, _ := push(t, layer{conftestPolicy, "c.rego", "package far\n\ndeny contains msg if msg := input.metadata.name\n"})
	tr := tree(t, map[string]string{
		"deploy.yaml": deployment, "broken.yaml": "apiVersion: v1\nkind: [\n", "gatekeeper/all.yaml": bothConstraints,
		"policy/a.rego": "package main\n\ndeny contains {\"msg\": data.limits.text, \"severity\": \"critical\", \"path\": \"kind\"} if input.kind\n",
		"old/b.rego":    "package old\n\nwarn_x[msg] { msg := input.spec.replicas }\n", "limits.yaml": "limits: {text: \"<&\\u00e9\"}\n",
	})
	o := Options{Tree: tr, Rego: []string{"policy", "old", bundle}, Data: []string{"limits.yaml"}, Gatekeeper: []string{"gatekeeper"}, Builtin: true, PodSecurity: "restricted"}
	want := run(t, o)
	o.Process = process
	got := run(t, o)
	if text(got, tr) != text(want, tr) || got.Verdict != want.Verdict || got.Checked != want.Checked || len(want.Findings) < 10 {
		t.Errorf("got:\n%s\nwant:\n%s", text(got, tr), text(want, tr))
	}
}

// TestR23MemoryWithinOneCall shows that a policy that asks for more memory than
// there is, in one call that nothing can stop, is an error of the stage.
func TestR23MemoryWithinOneCall(t *testing.T) {
	for name, body := range map[string]string{
		"shift":         `x := bits.lsh(1, 900000000000); x > 0; msg := "m"`,
		"replace":       `a := concat("", [x | some i in numbers.range(1, 400000); x := "aaaaaaaaaa"]); msg := replace(a, "a", a)`,
		"comprehension": `x := [sprintf("%d %d", [a, b]) | some a in numbers.range(1, 20000); some b in numbers.range(1, 20000)]; count(x) < 0; msg := "m"`,
	} {
		t.Run(name, func(t *testing.T) {
			policies := deny(body)
			policies["deploy.yaml"] = deployment
			s := New(Options{Tree: tree(t, policies), Rego: []string{"policy"}, Process: process})
			s.memory = 128 << 20
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			if _, err := s.Run(ctx); err == nil || !strings.Contains(err.Error(), "the policies need more than 128 MiB of memory") {
				t.Error(err)
			}
		})
	}
}

// TestR23ProcessEnds shows that the process ends with the context, and that one
// that breaks off, or cannot be started, is an error.
func TestR23ProcessEnds(t *testing.T) {
	policies := deny(`some a in numbers.range(1, 5000); some b in numbers.range(1, 5000); some c in numbers.range(1, 5000); a + b + c == 1; msg := "m"`)
	policies["deploy.yaml"] = deployment
	tr := tree(t, policies)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	start := time.Now()
	if _, err := New(Options{Tree: tr, Rego: []string{"policy"}, Process: process}).Run(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > time.Minute {
		t.Errorf("after %s: %v", time.Since(start), err)
	}
	for command, want := range map[string]string{
		"echo boom >&2; exit 7":      "broke off: exit status 7: boom",
		"echo '{'":                   "reading what the process of the policies says",
		"cat >/dev/null; exit 0":     "broke off",
		"kill -KILL $$":              "of memory",
		"echo '{}'; echo x; sleep 0": "reading what the process",
	} {
		shell := func(ctx context.Context) (*exec.Cmd, error) {
			return exec.CommandContext(ctx, "sh", "-c", "exec 0</dev/null; "+command), nil
		}
		if _, err := New(Options{Tree: tr, Rego: []string{"policy"}, Process: shell}).Run(context.Background()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", command, err, want)
		}
	}
	missing := func(ctx context.Context) (*exec.Cmd, error) { return exec.CommandContext(ctx, "/does/not/exist"), nil }
	if s := run(t, Options{Tree: tr, Rego: []string{"policy"}, Process: missing}); s.Verdict != gate.Error {
		t.Error(s.Verdict)
	}
}

// TestProcessLogs shows that what policies print arrives with the logs.
func TestProcessLogs(t *testing.T) {
	policies := deny(`print("seen", input.kind); msg := "m"`)
	policies["deploy.yaml"] = deployment
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	run(t, Options{Tree: tree(t, policies), Rego: []string{"policy"}, Process: process, Log: logger})
	if !strings.Contains(log.String(), `level=DEBUG msg="seen Deployment" line=4 policy=policy/a.rego`) {
		t.Error(log.String())
	}
}
