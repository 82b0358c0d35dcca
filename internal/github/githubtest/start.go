package githubtest

import (
	"errors"
	"io/fs"
	"os"
	"sync"
	"testing"
	"time"
)

// load reads the description once for all tests of a package.
var load = sync.OnceValues(func() (*Description, error) {
	file, err := Path()
	if err != nil {
		return nil, err
	}
	return Load(file, Operations())
})

// Start returns a GitHub for a test, which fails in the end if a request or an
// answer was not as GitHub describes it. Where the description was never fetched
// the test is skipped, but not in CI.
func Start(t testing.TB, now func() time.Time) *Server {
	t.Helper()
	d, err := load()
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") == "" {
		t.Skipf("%v: scripts/github-api.sh fetches it", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := New(d, now)
	t.Cleanup(func() {
		for _, v := range s.Violations {
			t.Errorf("GitHub does not describe this: %s", v)
		}
	})
	return s
}
