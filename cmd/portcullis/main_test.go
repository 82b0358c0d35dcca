package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected output in scripts and documents")

// asPortcullis makes the test binary behave as portcullis.
const asPortcullis = "PORTCULLIS_TEST_MAIN"

func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 2 && os.Args[1] == policyProcess:
		main()
	case os.Getenv(asPortcullis) != "":
		begin := time.Now()
		os.Exit(portcullis(func() time.Time { return day.Add(time.Since(begin)) }))
	}
	testscript.Main(m, map[string]func(){"portcullis": today})
}

// day is when the tests play: the support of the systems in their images ends
// one day.
var day = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

// today is main on that day.
func today() { os.Exit(portcullis(func() time.Time { return day })) }

// TestScript runs the real program, engines and all, on the scripts below
// testdata/script. Each finds the example projects in its folder.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                world,
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, ".cache"))
			return copyProjects(env.WorkDir)
		},
	})
}
