//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const password = "correct horse battery staple"

// registry starts Debian's registry on a free port of loopback, and returns its host.
func registry(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := listener.Addr().String()
	listener.Close()
	dir := t.TempDir()
	config := fmt.Sprintf("version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: %q}\n", dir, host)
	file := write(t, "registry.yml", config)
	ctx, stop := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, "docker-registry", "serve", file)
	log := &strings.Builder{}
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		server.Wait()
		if t.Failed() {
			t.Logf("the registry's log:\n%s", log)
		}
	})
	for range 100 {
		if answer, err := http.Get("http://" + host + "/v2/"); err == nil {
			answer.Body.Close()
			return host
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the registry does not answer")
	return ""
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// write makes a file in a folder of its own, and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// push builds an image of one of the example's root file systems with the engine, pushes it, and returns its name.
func push(t *testing.T, prefix, project string) string {
	t.Helper()
	ref := prefix + "/" + project + ":1"
	dir, err := filepath.Abs("../testdata/images/" + project)
	if err != nil {
		t.Fatal(err)
	}
	dockerfile := write(t, "Dockerfile", "FROM scratch\nCOPY rootfs/ /\nCMD [\"node\", \"/app/server.js\"]\n")
	must(t, "", "docker", "build", "-q", "-t", ref, "-f", dockerfile, dir)
	t.Cleanup(func() { run(t, "", "docker", "rmi", ref) })
	must(t, "", "docker", "push", "-q", ref)
	return ref
}

// signing is a workspace with a copy of a project of the example, a small database and a new key.
func signing(t *testing.T, project, format string) string {
	t.Helper()
	dir := t.TempDir()
	must(t, "..", "cp", "-r", "testdata/projects/"+project+"/.", dir)
	must(t, "", "cp", "-r", prepared(t, "E2E_DATABASE"), dir+"/db")
	keygen := exec.CommandContext(t.Context(), prepared(t, "E2E_COSIGN"), "generate-key-pair")
	keygen.Dir, keygen.Env = dir, append(os.Environ(), "COSIGN_PASSWORD="+password)
	if out, err := keygen.CombinedOutput(); err != nil {
		t.Fatalf("cosign generate-key-pair: %v\n%s", err, out)
	}
	config, err := os.OpenFile(dir+"/portcullis.yaml", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer config.Close()
	fmt.Fprint(config, "paths: {exclude: [db/, cosign.key]}\nscan:\n  database: {repository: /w/db}\nsign:\n  key: /w/cosign.key\n")
	fmt.Fprintf(config, "  format: %s\n", format)
	return dir
}

// inRegistry are the options of a container that reaches the registry and has a place for temporary files.
func inRegistry(workspace string) []string {
	return []string{
		"--network", "host", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
		"-e", "COSIGN_PASSWORD=" + password, "-v", workspace + ":/w:ro", "-w", "/w",
	}
}

func TestScanFailsAnImageWithVulnerabilities(t *testing.T) {
	host := registry(t)
	ref := push(t, host+"/acme", "shop")
	ran := portcullis(t, inRegistry(signing(t, "shop", "both")), "run", "--images", ref, "--stages", "scan,sign", "--format", "json")
	report := decode(t, ran)
	report.expect(t, ran, 1, "failed")
	if len(report.Images) != 1 || report.Images[0].Signature != nil {
		t.Errorf("images %+v, want one without a signature", report.Images)
	}
	if tags := fetch(t, "http://"+host+"/v2/acme/shop/tags/list"); !strings.Contains(tags, `["1"]`) {
		t.Errorf("the registry holds more than the image: %s", tags)
	}
}

// Whoever scans our image must see what is in it: Debian, its packages, and the Go modules of the binary. The example's
// database knows none of them, so there is no verdict.
func TestScannersSeeWhatOurImageHolds(t *testing.T) {
	dir := t.TempDir()
	must(t, "", "docker", "save", "-o", dir+"/own.tar", prepared(t, "E2E_IMAGE"))
	must(t, "", "cp", "-r", prepared(t, "E2E_DATABASE"), dir+"/db")
	if err := os.WriteFile(dir+"/portcullis.yaml", []byte("version: 1\nscan:\n  database: {repository: /w/db}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	ran := portcullis(t, []string{"--network", "none", "-v", dir + ":/w:ro", "-w", "/w"},
		"run", "--stages", "scan", "--images", "tar:own.tar", "--format", "json")
	report := decode(t, ran)
	report.expect(t, ran, 3, "error")
	if len(report.Images) != 1 || len(report.Images[0].Platforms) != 1 {
		t.Fatalf("images %+v, want one of one platform", report.Images)
	}
	if p := report.Images[0].Platforms[0]; !strings.HasPrefix(p.OS, "debian 12") || p.Packages < 100 {
		t.Errorf("%d packages on %q, want hundreds on debian 12", p.Packages, p.OS)
	}
}

func TestR03SignsWhatWasScannedAndCosignAgrees(t *testing.T) {
	host := registry(t)
	for _, format := range []string{"bundle", "legacy"} {
		t.Run(format, func(t *testing.T) {
			signsWhatWasScanned(t, push(t, host+"/"+format, "shop-fixed"), format)
		})
	}
}

func signsWhatWasScanned(t *testing.T, ref, format string) {
	workspace := signing(t, "shop-fixed", format)
	ran := portcullis(t, inRegistry(workspace), "run", "--images", ref, "--stages", "policy,dockerfile,scan,sign", "--format", "json")
	report := decode(t, ran)
	report.expect(t, ran, 0, "passed")
	if len(report.Images) != 1 {
		t.Fatalf("images %+v, want one", report.Images)
	}
	image := report.Images[0]
	if image.Signature == nil || !image.Signature.Verified || image.Signature.Digest != image.Digest {
		t.Errorf("scanned %s, signature %+v", image.Digest, image.Signature)
	}
	byDigest := ref[:strings.LastIndex(ref, ":")] + "@" + image.Digest
	if pushed := must(t, "", "docker", "image", "inspect", "--format", "{{json .RepoDigests}}", ref); !strings.Contains(pushed, byDigest) {
		t.Errorf("scanned %s, the engine pushed %s", byDigest, pushed)
	}
	verified := portcullis(t, inRegistry(workspace), "verify", "--key", "/w/cosign.pub", "--require", "vuln,vsa", ref)
	if verified.code != 0 || !strings.Contains(verified.stdout, image.Digest) {
		t.Errorf("portcullis verify: exit status %d\n%s%s", verified.code, verified.stdout, verified.stderr)
	}
	stranger := signing(t, "shop-fixed", format)
	if other := portcullis(t, inRegistry(stranger), "verify", "--key", "/w/cosign.pub", ref); other.code != 1 {
		t.Errorf("verify with another key: exit status %d, want 1\n%s%s", other.code, other.stdout, other.stderr)
	}
	if witness := cosignVerify(t, workspace, byDigest); witness.code != 0 {
		t.Errorf("cosign verify: exit status %d\n%s", witness.code, witness.stderr)
	}
	if witness := cosignVerify(t, stranger, byDigest); witness.code == 0 {
		t.Error("cosign verifies with another key")
	}
}

// cosignVerify asks cosign itself. No transparency log took part, so the trusted root is an empty one.
func cosignVerify(t *testing.T, workspace, ref string) result {
	t.Helper()
	trusted := write(t, "root.json", `{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`)
	return run(t, "", prepared(t, "E2E_COSIGN"), "verify", "--key", workspace+"/cosign.pub", "--trusted-root", trusted,
		"--insecure-ignore-tlog", "--allow-http-registry", ref)
}
