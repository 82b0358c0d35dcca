package main

import (
	"os/exec"
	"path/filepath"

	"github.com/portcullis-ci/portcullis/internal/cli"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// grype is the program for a second opinion, if the configuration wants one. A
// program in the workspace is the change's own and is not executed.
func grype(env environment, job cli.Job) scan.Grype {
	g := scan.Grype{Required: job.Config.Scan.Grype == "required"}
	if job.Config.Scan.Grype == "off" {
		return g
	}
	path, err := exec.LookPath("grype")
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if below, relErr := filepath.Rel(job.Tree.Dir(), path); err == nil && (relErr != nil || !filepath.IsLocal(below)) {
		g.Path = path
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if value := env.get(name); value != "" {
			g.Env = append(g.Env, name+"="+value)
		}
	}
	return g
}
