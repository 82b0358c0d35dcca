package main

import (
	"os"
	"os/exec"
	"path/filepath"

	"github.com/portcullis-ci/portcullis/internal/cli"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// program returns the path of an installed program, "" if there is none. One in
// the workspace, or in the checkout around it, is the change's own: it is not
// executed, and hides none that is installed elsewhere.
func program(env environment, job cli.Job, name string) string {
	folders := docker(env, job.Tree.Dir())
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil && !folders.InWorkspace(path) {
			return path
		}
	}
	return ""
}

// grype is the program for a second opinion, if the configuration wants one.
func grype(env environment, job cli.Job) scan.Grype {
	g := scan.Grype{Required: job.Config.Scan.Grype == "required"}
	if job.Config.Scan.Grype == "off" {
		return g
	}
	g.Path = program(env, job, "grype")
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if value := env.get(name); value != "" {
			g.Env = append(g.Env, name+"="+value)
		}
	}
	return g
}
