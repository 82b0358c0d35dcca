package sign

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// Where the context refuses, no file, variable, password or network is touched.
func TestR02RefusesBeforeAnyCall(t *testing.T) {
	calls := make(chan string, 100)
	record := func(what string) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { calls <- what + " " + r.URL.Path })
	}
	oidc, kms := httptest.NewServer(record("oidc")), httptest.NewServer(record("kms"))
	defer oidc.Close()
	defer kms.Close()
	t.Setenv("ACTIONS_ID_TOKEN_REQUEST_URL", oidc.URL)
	t.Setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "token")
	t.Setenv("VAULT_ADDR", kms.URL)
	t.Setenv("VAULT_TOKEN", "token")
	w := newWorld(t)
	image := w.push("shop")
	w.requests = nil
	for _, key := range []string{w.private, filepath.Join(t.TempDir(), "none"), "env://KEY", "hashivault://gate", "awskms:///alias/gate", ""} {
		o := w.options()
		o.Key, o.Refuse, o.RefuseHint = key, "signing in a pull request", "sign after the merge"
		o.Getenv = func(name string) string { calls <- "env " + name; return "" }
		o.Password = func(context.Context) ([]byte, error) { calls <- "password"; return nil, nil }
		stage := New(o)
		result, signErr := stage.Sign(t.Context(), passed(image))
		for _, err := range []error{stage.Prepare(t.Context()), signErr} {
			var refusal *gate.Refusal
			if !errors.As(err, &refusal) || refusal.Reason != o.Refuse || refusal.Hint != o.RefuseHint {
				t.Errorf("key %q: %v, want a refusal", key, err)
			}
		}
		if len(result.Images) > 0 {
			t.Errorf("key %q: %+v", key, result)
		}
	}
	close(calls)
	for call := range calls {
		t.Errorf("made a call: %s", call)
	}
	if len(w.requests) > 0 {
		t.Errorf("asked the registry: %v", w.requests)
	}
}

func TestKeyErrors(t *testing.T) {
	w := newWorld(t)
	file := func(name, content string) string {
		path := filepath.Join(t.TempDir(), name)
		w.write(path, []byte(content))
		return path
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.check(err)
	der, err := x509.MarshalECPrivateKey(ec)
	w.check(err)
	private, public := keys()
	tests := map[string]struct {
		key, want, hint string
	}{
		"none":          {"", "not supported yet", "sign.key"},
		"missing":       {filepath.Join(t.TempDir(), "none"), "no such file", "cosign generate-key-pair"},
		"directory":     {t.TempDir(), "is a directory", ""},
		"text":          {file("text", "hello"), "not a PEM file", "cosign generate-key-pair"},
		"public":        {file("cosign.pub", string(public)), "this is a public key", "private half"},
		"plain":         {file("ec", string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))), "not encrypted by cosign", "import-key-pair"},
		"other PEM":     {file("crt", "-----BEGIN HUNTER2-----\naGVsbG8=\n-----END HUNTER2-----\n"), "not a cosign private key", ""},
		"damaged":       {file("damaged", strings.Replace(string(private), "\n", "\nAAAA", 2)), "key", ""},
		"large":         {file("large", strings.Repeat("x", maxKey+1)), "larger than", ""},
		"unset":         {"env://NOTHING", "the variable is not set", "NOTHING"},
		"aws":           {"awskms:///alias/gate", `"awskms://" is not supported yet`, "sign.key"},
		"vault":         {"hashivault://gate", `"hashivault://" is not supported yet`, "sign.key"},
		"a program":     {"evil://gate", `"evil://" is not supported yet`, "sign.key"},
		"token":         {"pkcs11:token=gate", "PKCS#11", "sign.key"},
		"no such place": {"k8s://ns/gate", `"k8s://" is not supported yet`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := w.options()
			o.Key, o.Getenv = test.key, func(string) string { return "" }
			err := New(o).Prepare(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("%v, want %q", err, test.want)
			}
			if hint := gate.Failures(err)[0].Hint; !strings.Contains(hint, test.hint) {
				t.Errorf("hint %q, want %q", hint, test.hint)
			}
			if strings.Contains(err.Error(), "HUNTER2") {
				t.Errorf("repeats the file: %v", err)
			}
		})
	}
}

// A scheme that is not on the list starts no program, even if PATH has one of
// the name that a key library would look for.
func TestR46KeySchemeRunsNothing(t *testing.T) {
	dir := t.TempDir()
	trace := filepath.Join(dir, "ran")
	w := newWorld(t)
	program := filepath.Join(dir, "sigstore-kms-evil")
	w.write(program, []byte("#!/bin/sh\ntouch "+trace+"\n"))
	t.Setenv("PATH", dir)
	o := w.options()
	o.Key = "evil://gate"
	if err := New(o).Prepare(t.Context()); err == nil {
		t.Error("no error")
	}
	if _, err := readFile(trace); err == nil {
		t.Error("a program was run")
	}
}

// What the environment says to cosign, and a docker configuration that names a
// credential helper, changes nothing and runs nothing.
func TestR46EnvironmentIsIgnored(t *testing.T) {
	dir := t.TempDir()
	trace := filepath.Join(dir, "ran")
	w := newWorld(t)
	image := w.push("shop")
	helper := filepath.Join(dir, "docker-credential-evil")
	w.write(helper, []byte("#!/bin/sh\necho ran > "+trace+"\n"))
	w.check(os.Chmod(helper, 0o700))
	w.write(filepath.Join(dir, "config.json"), []byte(`{"credsStore":"evil"}`))
	for name, value := range map[string]string{
		"PATH": dir + ":/bin:/usr/bin", "DOCKER_CONFIG": dir, "COSIGN_REPOSITORY": w.host + "/elsewhere", "COSIGN_MAX_ATTACHMENT_SIZE": "1",
		"COSIGN_DOCKER_MEDIA_TYPES": "1", "COSIGN_EXPERIMENTAL": "1", "COSIGN_PASSWORD": "wrong", "SOURCE_DATE_EPOCH": "x",
	} {
		t.Setenv(name, value)
	}
	o := w.options()
	o.Format, o.Attest = "both", []string{"vsa"}
	w.mustSign(o, passed(image))
	v := w.verify(image.Reference)
	v.Require = []string{"vsa"}
	if got, err := Verify(t.Context(), v); err != nil || len(got.Formats) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, r := range w.requests {
		if strings.Contains(r, "elsewhere") {
			t.Errorf("asked %s", r)
		}
	}
	if _, err := readFile(trace); err == nil {
		t.Error("a program was run")
	}
}

func TestKeyFromEnvironment(t *testing.T) {
	w := newWorld(t)
	private, _ := keys()
	o := w.options()
	o.Key = "env://SIGNING_KEY"
	o.Getenv = func(name string) string { return map[string]string{"SIGNING_KEY": string(private)}[name] }
	stage := New(o)
	w.check(stage.Prepare(t.Context()))
	if stage.key.identity != decrypted().identity {
		t.Errorf("identity %s, want %s", stage.key.identity, decrypted().identity)
	}
}

// Neither the password nor the key is in any error or log line, in whatever
// form; and the bytes that the caller handed over are wiped.
func TestR28SecretsStaySecret(t *testing.T) {
	w := newWorld(t)
	image := w.push("shop")
	private, _ := keys()
	canaries := [][]byte{password, []byte("hunter2-canary"), private[60:120]}
	var log bytes.Buffer
	var errs []error
	var handed [][]byte
	for _, given := range []string{string(password), "hunter2-canary", ""} {
		o := w.options()
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		o.Password = func(context.Context) ([]byte, error) {
			handed = append(handed, []byte(given))
			return handed[len(handed)-1], nil
		}
		_, err := New(o).Sign(t.Context(), passed(image))
		errs = append(errs, err)
	}
	if errs[0] != nil || errs[1] == nil || errs[2] == nil || !strings.Contains(errs[1].Error(), w.private) {
		t.Fatalf("errors %v", errs)
	}
	text := log.String() + errs[1].Error() + errs[2].Error()
	for _, canary := range canaries {
		for _, form := range []string{string(canary), base64.StdEncoding.EncodeToString(canary)} {
			if strings.Contains(text, form) {
				t.Errorf("%q is in %q", form, text)
			}
		}
	}
	for _, b := range handed {
		if len(bytes.Trim(b, "\x00")) > 0 {
			t.Errorf("the password was not wiped: %q", b)
		}
	}
}

func TestKeyIsDecryptedOnce(t *testing.T) {
	w := newWorld(t)
	o := w.options()
	asked := 0
	o.Password = func(context.Context) ([]byte, error) { asked++; return bytes.Clone(password), nil }
	stage := New(o)
	w.check(stage.Prepare(t.Context()))
	for _, repo := range []string{"shop", "cart"} {
		_, err := stage.Sign(t.Context(), passed(w.push(repo)))
		w.check(err)
	}
	if asked != 1 {
		t.Errorf("asked %d times for the password, want 1", asked)
	}
}

func TestWrongOptions(t *testing.T) {
	w := newWorld(t)
	for name, change := range map[string]func(*Options){
		"format": func(o *Options) { o.Format = "pgp" },
		"attest": func(o *Options) { o.Attest = []string{"vsa", "slsa"} },
	} {
		o := w.options()
		change(&o)
		if err := New(o).Prepare(t.Context()); !errors.Is(err, ErrUsage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o := w.options()
	o.Password = func(context.Context) ([]byte, error) { return nil, net.ErrClosed }
	if err := New(o).Prepare(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("no password: %v", err)
	}
}
