package policy

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// wantError runs a policy that must not be applied.
func wantError(t *testing.T, policies map[string]string, want string, change ...func(*Options)) {
	t.Helper()
	s, got := runRego(t, policies, change...)
	if s.Verdict != gate.Error || !strings.Contains(got, want) {
		t.Errorf("verdict %s:\n%s\nwant %q", s.Verdict, got, want)
	}
}

func TestR09BuiltinsAreListed(t *testing.T) {
	data, err := os.ReadFile("testdata/denied.txt")
	if err != nil {
		t.Fatal(err)
	}
	refused := strings.Fields(string(data))
	allowed := strings.Fields(allowedBuiltins)
	for _, b := range ast.CapabilitiesForThisVersion().Builtins {
		if slices.Contains(allowed, b.Name) == slices.Contains(refused, b.Name) {
			t.Errorf("%s must be listed in builtins.txt or in testdata/denied.txt: does its result depend on its arguments only?", b.Name)
		}
		if b.IsNondeterministic() && slices.Contains(allowed, b.Name) {
			t.Errorf("%s is allowed and not deterministic", b.Name)
		}
		if denied(b.Name) == slices.Contains(allowed, b.Name) {
			t.Errorf("denied(%q) is %v", b.Name, denied(b.Name))
		}
	}
	for _, version := range []ast.RegoVersion{ast.RegoV0, ast.RegoV1} {
		c := capabilities(version)
		for _, b := range c.Builtins {
			if !slices.Contains(allowed, b.Name) {
				t.Errorf("%s is not listed and allowed", b.Name)
			}
		}
		if len(c.AllowNet) != 1 || c.AllowNet[0] != "" {
			t.Errorf("AllowNet is %q", c.AllowNet)
		}
	}
}

// TestR09NewBuiltinIsDenied shows that a builtin nobody has listed, as a new
// version of OPA may bring one, does not compile.
func TestR09NewBuiltinIsDenied(t *testing.T) {
	c := capabilities(ast.RegoV1)
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool { return b.Name == "upper" })
	module := ast.MustParseModule("package a\nx := upper(\"a\")")
	compiler := ast.NewCompiler().WithCapabilities(c)
	if compiler.Compile(map[string]*ast.Module{"a": module}); !compiler.Failed() {
		t.Error("compiled without the builtin")
	}
}

func TestR09BuiltinsDoNotCompile(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	connected := make(chan struct{}, 1)
	go func() {
		if conn, err := listener.Accept(); err == nil {
			conn.Close()
			connected <- struct{}{}
		}
	}()
	url := "http://" + listener.Addr().String()
	for name, body := range map[string]string{
		"called":       `http.send({"method": "GET", "url": "` + url + `"}); msg := "m"`,
		"in a mock":    `msg := "m" with upper as http.send`,
		"lookup":       `net.lookup_ip_addr("example.com"); msg := "m"`,
		"random":       `rand.intn("x", 3) == 1; msg := "m"`,
		"clock":        `time.now_ns() > 0; msg := "m"`,
		"schema":       `json.match_schema({}, {"$ref": "` + url + `"}); msg := "m"`,
		"signature":    `providers.aws.sign_req({}, {}, 1); msg := "m"`,
		"verification": `io.jwt.decode_verify("x", {}); msg := "m"`,
	} {
		t.Run(name, func(t *testing.T) {
			s, got := runRego(t, deny(body))
			if s.Verdict != gate.Error || !strings.Contains(got, "policy/a.rego:4:") {
				t.Errorf("%s:\n%s", s.Verdict, got)
			}
		})
	}
	wantError(t, map[string]string{"policy/a.rego": "package main\n\ndeny contains \"m\" if input.kind\n\nunused(x) := http.send(x)\n"},
		"policy/a.rego:5:14: the builtin http.send is not allowed in policies")
	wantError(t, map[string]string{"policy/a.rego": "package main\n\ndeny contains \"m\" if data.lib.x\n", "policy/lib.rego": "package lib\n\nx := http.send({})\n"},
		"policy/lib.rego:3:6: the builtin http.send is not allowed in policies")
	wantError(t, map[string]string{"policy/a.rego": "package main\n\ndeny[msg] { http.send({}); msg := \"m\" }\n"},
		"policy/a.rego:3:13: the builtin http.send is not allowed in policies")
	select {
	case <-connected:
		t.Error("a policy reached the network")
	default:
	}
}

func TestR10CustomBuiltins(t *testing.T) {
	for _, call := range []string{`parse_config_file("../deploy.yaml")`, `parse_config("yaml", "a: 1")`, `parse_combined_config_files(["/etc/passwd"])`} {
		name, _, _ := strings.Cut(call, "(")
		wantError(t, deny(call+`; msg := "m"`), "the builtin "+name+" is not allowed in policies")
	}
}

func TestR11NoEnvironment(t *testing.T) {
	const canary = "canary-3f9a1c"
	for _, name := range []string{"GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "COSIGN_PASSWORD"} {
		t.Setenv(name, canary)
	}
	wantError(t, deny(`msg := sprintf("%v", [opa.runtime()])`), "the builtin opa.runtime is not allowed in policies")
	_, got := runRego(t, deny(`msg := sprintf("%v %v", [data.conftest, input])`))
	if strings.Contains(got, canary) || !strings.Contains(got, "Deployment") {
		t.Error(got)
	}
}

func TestR14StrictResults(t *testing.T) {
	for name, tc := range map[string]struct{ rule, want string }{
		"empty":          {`deny contains ""`, "a result with an empty message"},
		"blank":          {`deny contains " \n"`, "a result with an empty message"},
		"number":         {`deny contains 1`, "a number is neither a message nor an object with msg"},
		"boolean":        {`deny contains true`, "true is neither"},
		"no msg":         {`deny contains {"message": "m"}`, "a result has no text in its field msg"},
		"msg a number":   {`deny contains {"msg": 1}`, "a result has no text in its field msg"},
		"empty msg":      {`deny contains {"msg": ""}`, "a result with an empty message"},
		"true":           {`deny if input.kind`, "policy/a.rego:3:1: deny is true or false and not a set of messages"},
		"default":        {`default deny := false`, "policy/a.rego:3:1: deny is true or false"},
		"if no contains": {`deny[msg] if { msg := "m" }`, "policy/a.rego:3:1: deny makes an object and not a set of messages"},
		"object head":    {`deny[msg] := "m" if { msg := "m" }`, "deny makes an object and not a set of messages"},
		"function":       {`deny(x) := "m" if x`, "deny is a function and is never called"},
		"text":           {`deny := "m" if input.kind`, "a string is not a set of messages"},
		"object":         {`deny := {"a": "m"} if input.kind`, "an object is not a set of messages"},
		"builtin error":  {`deny contains "m" if to_number("x") > 1`, "deploy.yaml:3:1: evaluating the policies on Deployment/web: policy/a.rego:3: eval_builtin_error: to_number: "},
		"division":       {`deny contains "m" if 1 / (input.spec.replicas - 1) > 0`, "divide by zero"},
		"conflict":       {"deny contains \"m\" if x == 1\nx := 1 if input.kind\nx := 2 if input.spec", "policy/a.rego:5: eval_conflict_error"},
	} {
		t.Run(name, func(t *testing.T) {
			wantError(t, map[string]string{"policy/a.rego": "package main\n\n" + tc.rule + "\n"}, tc.want)
		})
	}
}

func TestR14EveryNamespaceIsAsked(t *testing.T) {
	policies := map[string]string{"policy/a.rego": "package a\ndeny contains \"a\" if input.kind\n", "policy/b.rego": "package b\nwarn contains \"b\" if input.kind\n"}
	s, got := runRego(t, policies)
	if len(s.Findings) != 2 {
		t.Error(got)
	}
	s, got = runRego(t, policies, func(o *Options) { o.Namespaces = []string{"b"} })
	if len(s.Findings) != 1 || !strings.Contains(got, "note: package a has rules and is not among policy.namespaces: not evaluated") {
		t.Error(got)
	}
	wantError(t, policies, `policy.namespaces: no rule in package "c" of policy`, func(o *Options) { o.Namespaces = []string{"c"} })
}

func TestR14Lookalikes(t *testing.T) {
	_, got := runRego(t, map[string]string{"policy/a.rego": "package main\n\ndenny contains \"m\"\n\nWarn contains \"m\"\n\nviolations contains \"m\" if input.kind\n\ndeny contains x if some x in violations\n\nwarnings contains \"m\"\n\nother := 1\n"})
	for _, want := range []string{
		`note: policy/a.rego:3: the rule "denny" is not evaluated`,
		`note: policy/a.rego:5: the rule "Warn" is not evaluated`,
		`note: policy/a.rego:11: the rule "warnings" is not evaluated`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
	if strings.Count(got, "note:") != 3 {
		t.Error(got)
	}
}

func TestR15NothingEvaluated(t *testing.T) {
	wantError(t, nil, `policy.rego: no .rego file in "policy"`)
	wantError(t, map[string]string{"policy/README": "x"}, `policy.rego: no .rego file in "policy"`)
	wantError(t, map[string]string{"policy/a.rego": "package main\n\nx := 1\n"}, "policy.rego: no rule in policy")
	wantError(t, map[string]string{"policy/a.rego": "package main\n\nx := [\n"}, "policy/a.rego:")
	wantError(t, nil, "no policy to apply", func(o *Options) { o.Rego = nil })
	wantError(t, deny(`msg := "m"`), `policy.manifests: "k8s/**" matches no file`, func(o *Options) { o.Manifests = []string{"k8s/**"} })
	wantError(t, deny(`msg := "m"`), "no Kubernetes object", func(o *Options) { o.Manifests = []string{"policy/a.rego"} })
	wantError(t, map[string]string{"broken.yaml": "apiVersion: v1\nkind: [\n", "policy/a.rego": "package main\ndeny contains \"m\" if input.kind == \"X\"\n"}, "broken.yaml:")

	tr := tree(t, map[string]string{"README.md": "nothing"})
	res, err := New(Options{Tree: tr, Builtin: true}).Run(context.Background())
	if err != nil || res.Skip != "no Kubernetes manifest in the tree" {
		t.Errorf("%+v %v", res, err)
	}
}

func TestR15Counts(t *testing.T) {
	s, got := runRego(t, map[string]string{"policy/a.rego": "package main\ndeny contains \"a\" if input.kind == \"X\"\ndeny contains \"b\" if input.kind == \"Y\"\n", "more.yaml": deployment + "---\n" + deployment})
	if s.Verdict != gate.Passed || s.Checked != (gate.Checked{Files: 2, Objects: 3, Rules: 2}) {
		t.Errorf("%s %+v\n%s", s.Verdict, s.Checked, got)
	}
}

func TestR21PolicyLinks(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside.rego")
	tr := tree(t, map[string]string{"deploy.yaml": deployment, "policy/a.rego": "package main\ndeny contains \"m\" if input.kind\n"})
	for _, err := range []error{
		os.WriteFile(outside, []byte("package main\n"), 0o666),
		os.Symlink(outside, filepath.Join(tr.Dir(), "policy", "link.rego")),
		os.Symlink(filepath.Dir(outside), filepath.Join(tr.Dir(), "policy", "folder")),
		syscall.Mkfifo(filepath.Join(tr.Dir(), "policy", "fifo.rego"), 0o666),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s := run(t, Options{Tree: tr, Rego: []string{"policy/"}})
	got := text(s, tr)
	for _, want := range []string{"policy/link.rego", "policy/folder", "policy/fifo.rego"} {
		if s.Verdict != gate.Error || !strings.Contains(got, "error: "+want+": ") {
			t.Errorf("no error for %s:\n%s", want, got)
		}
	}
}

func TestR23LoopEnds(t *testing.T) {
	policies := deny(`some a in numbers.range(1, 5000); some b in numbers.range(1, 5000); some c in numbers.range(1, 5000); a + b + c == 1; msg := "m"`)
	policies["deploy.yaml"] = deployment
	tr := tree(t, policies)
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := New(Options{Tree: tr, Rego: []string{"policy"}}).Run(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > time.Minute {
		t.Errorf("after %s: %v", time.Since(start), err)
	}
}

func TestR23MemoryEnds(t *testing.T) {
	policies := deny(`x := [sprintf("%d %d", [a, b]) | some a in numbers.range(1, 20000); some b in numbers.range(1, 20000)]; count(x) < 0; msg := "m"`)
	policies["deploy.yaml"] = deployment
	stage := New(Options{Tree: tree(t, policies), Rego: []string{"policy"}})
	stage.memory = 64 << 20
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := stage.Run(ctx)
	if err == nil || !strings.Contains(err.Error(), "the policies need more than 64 MiB of memory") {
		t.Error(err)
	}
}
