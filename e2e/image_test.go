//go:build e2e

package e2e

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

// confined is the least that a container can be given: no root, no capability, nothing to write to, no network.
var confined = []string{
	"--user", "65532:65532", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "none",
}

var durations = regexp.MustCompile(`"durationMs": ?[0-9]+`)

func TestRunFindsFaultsOfTheExample(t *testing.T) {
	ran := portcullis(t, on(t, "testdata/projects/shop"), "run", "--stages", "policy,dockerfile", "--format", "json")
	report := decode(t, ran)
	report.expect(t, ran, 1, "failed")
	if !report.has("DL3007", "Dockerfile", 1) {
		t.Errorf("no DL3007 at Dockerfile:1\n%s", ran.stdout)
	}
	if len(report.Stages) == 0 || len(report.Stages[0].Findings) == 0 {
		t.Errorf("no finding of the policy stage\n%s", ran.stdout)
	}
}

func TestRunPassesTheCorrectedExample(t *testing.T) {
	ran := portcullis(t, on(t, "testdata/projects/shop-fixed"), "run", "--stages", "policy,dockerfile", "--format", "json")
	decode(t, ran).expect(t, ran, 0, "passed")
}

func TestRunOfAnEmptyFolderIsNoPass(t *testing.T) {
	ran := portcullis(t, []string{"-v", t.TempDir() + ":/w:ro", "-w", "/w"}, "run", "--format", "json")
	decode(t, ran).expect(t, ran, 3, "error")
}

func TestR26RunsConfinedAsAnyUser(t *testing.T) {
	args := []string{"run", "--stages", "policy,dockerfile", "--format", "json"}
	workspace := on(t, "testdata/projects/shop")
	asRoot := portcullis(t, workspace, args...)
	ran := portcullis(t, append(confined, workspace...), args...)
	decode(t, ran).expect(t, ran, 1, "failed")
	if same := func(r result) string { return durations.ReplaceAllString(r.stdout, "") }; same(ran) != same(asRoot) {
		t.Errorf("the report differs from the one that root gets:\n%s\n%s", ran.stdout, asRoot.stdout)
	}
}

// GitHub mounts the engine's socket into every container action.
func TestR26LeavesTheEngineAlone(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "docker.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var calls atomic.Int32
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			calls.Add(1)
			conn.Close()
		}
	}()
	mount := []string{"--network", "none", "-v", socket + ":/var/run/docker.sock"}
	ran := portcullis(t, append(mount, on(t, "testdata/projects/shop")...),
		"run", "--offline", "--images", "example.invalid/shop:1", "--format", "json")
	decode(t, ran).expect(t, ran, 3, "error")
	listener.Close()
	<-done
	if n := calls.Load(); n > 0 {
		t.Errorf("%d connections to the engine's socket; no image was named docker:", n)
	}
}

func TestImageConfiguration(t *testing.T) {
	var config struct {
		User, WorkingDir string
		Entrypoint       []string
		Labels           map[string]string
	}
	out := must(t, "", "docker", "image", "inspect", "--format", "{{json .Config}}", prepared(t, "E2E_IMAGE"))
	if err := json.Unmarshal([]byte(out), &config); err != nil {
		t.Fatal(err)
	}
	if config.User != "" || strings.Trim(config.WorkingDir, "/") != "" { // BuildKit writes the default, "/"
		t.Errorf("user %q and working directory %q are set; GitHub sets both", config.User, config.WorkingDir)
	}
	if len(config.Entrypoint) != 1 || !path.IsAbs(config.Entrypoint[0]) {
		t.Errorf("entrypoint %q, want one absolute path", config.Entrypoint)
	}
	version := strings.TrimSpace(portcullis(t, confined, "version").stdout)
	if label := config.Labels["org.opencontainers.image.version"]; label == "" || !strings.Contains(version, label) {
		t.Errorf("the label says version %q, the binary %q", label, version)
	}
}

// A runtime image without a shell and without privileged files has little to offer to whoever gets in.
func TestR20ImageHoldsOnlyWhatItNeeds(t *testing.T) {
	allowed := regexp.MustCompile(`^(` + strings.Join([]string{
		`usr/local/bin/portcullis`, `usr/bin/shellcheck`, `lib(64)?/([a-z0-9_-]+/)?(ld-linux-[a-z0-9_.-]+|lib(c|m|gmp|ffi)\.so\.[0-9]+)`,
		`etc/(os-release|debian_version|ssl/certs/ca-certificates\.crt)`, `usr/share/(doc/[a-z0-9-]+/copyright|common-licenses/L?GPL.*|common-licenses/GFDL.*)`,
		`var/lib/dpkg/status\.d/[a-z0-9-]+`, `(\.dockerenv|dev/console|etc/(hostname|hosts|mtab|resolv\.conf))`, // the engine's own
	}, "|") + `)$`)
	container := strings.TrimSpace(must(t, "", "docker", "create", prepared(t, "E2E_IMAGE")))
	defer must(t, "", "docker", "rm", container)
	export := exec.CommandContext(t.Context(), "docker", "export", container)
	out, err := export.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := export.Start(); err != nil {
		t.Fatal(err)
	}
	for files := tar.NewReader(out); ; {
		file, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if file.Mode&0o6000 != 0 {
			t.Errorf("%s has mode %o", file.Name, file.Mode)
		}
		if file.Typeflag != tar.TypeDir && !allowed.MatchString(file.Name) {
			t.Errorf("%s is not needed", file.Name)
		}
	}
	if err := export.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestImageHasAWorkingShellCheck(t *testing.T) {
	options := append([]string{"run", "--rm", "--entrypoint", "/usr/bin/shellcheck"}, confined...)
	if out := must(t, "", "docker", append(options, prepared(t, "E2E_IMAGE"), "--version")...); !strings.Contains(out, "version: ") {
		t.Errorf("shellcheck --version printed %q", out)
	}
}

func TestOurOwnDockerfilePasses(t *testing.T) {
	dir := t.TempDir()
	must(t, "..", "cp", "Dockerfile", dir)
	ran := portcullis(t, append(confined, "-v", dir+":/w:ro", "-w", "/w"), "run", "--stages", "dockerfile", "--fail-on", "low", "--format", "json")
	decode(t, ran).expect(t, ran, 0, "passed")
}
