package main

import (
	"os"
	"strings"
)

// passed are the variables that stay in the process: what finding programs,
// folders, proxies and certificates needs. Everything else, tokens and the
// settings of other tools among them, is read once and taken out before any
// input is looked at, so that no policy, engine or child process can see it.
var passed = []string{
	"PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "DOCKER_CONFIG", "TERM", "LANG", "TZ",
	"SSL_CERT_FILE", "SSL_CERT_DIR",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
	"GOMAXPROCS", "GOMEMLIMIT", "GOTRACEBACK",
}

// An environment is what the process was started with.
type environment map[string]string

// takeEnvironment moves the environment out of the process.
func takeEnvironment() environment {
	env := environment{}
	for _, pair := range os.Environ() {
		if name, value, ok := strings.Cut(pair, "="); ok {
			env[name] = value
		}
	}
	os.Clearenv()
	for _, name := range passed {
		if value, ok := env[name]; ok {
			_ = os.Setenv(name, value) // the names above are valid
		}
	}
	return env
}

// get returns the value of a variable, or "".
func (e environment) get(name string) string { return e[name] }
