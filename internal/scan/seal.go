package scan

import (
	"net/http"
	"os"
	"strings"
	"sync"

	xos "github.com/aquasecurity/trivy/pkg/x/os"
)

// staying are the variables that Trivy may see while it reads files of others: what
// decides about temporary files and certificates.
var staying = []string{"TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"}

// folders are the variables by which Trivy's analysers find what package tools
// keep on a machine: settings, credentials, other packages. Those that are not
// here they look for below HOME.
var folders = []string{"HOME", "MAVEN_HOME", "GOPATH"}

// sealed calls fn while the process has an environment that leads nowhere: Maven
// projects may refer to any variable, and for many formats what lies in the home
// folder would decide what is found. The caller holds the lock of the process.
//
// What else runs in the process meanwhile sees the same, so it is as short as can
// be: images need it only until the analysers are made.
func sealed(fn func() error) error {
	empty, err := os.MkdirTemp(xos.TempDir(), "home-")
	if err != nil {
		return err
	}
	defer os.Remove(empty)
	proxiesOnce()
	before := os.Environ() //nolint:forbidigo // to give it back
	stays := map[string]string{}
	for _, name := range staying {
		if value, ok := os.LookupEnv(name); ok { //nolint:forbidigo // passed on as it is
			stays[name] = value
		}
	}
	for _, name := range folders {
		stays[name] = empty
	}
	defer setEnvironment(before)
	os.Clearenv()
	for name, value := range stays {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return fn()
}

// proxiesOnce has net/http read the proxies of the environment, which it does
// once, while they are there.
var proxiesOnce = sync.OnceFunc(func() {
	if request, err := http.NewRequest(http.MethodGet, "https://example.com", http.NoBody); err == nil { //nolint:noctx // not sent
		_, _ = http.ProxyFromEnvironment(request)
	}
})

func setEnvironment(pairs []string) {
	os.Clearenv()
	for _, pair := range pairs {
		if name, value, ok := strings.Cut(pair, "="); ok {
			_ = os.Setenv(name, value) // it was set before
		}
	}
}
