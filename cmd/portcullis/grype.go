package main

import (
	"fmt"
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

// grype is the program for a second opinion, if the configuration wants one. It
// keeps its database where it does for everybody, unless that is not to be kept.
func grype(env environment, job cli.Job, kept string) scan.Grype {
	g := scan.Grype{Required: job.Config.Scan.Grype == "required"}
	if job.Config.Scan.Grype == "off" {
		return g
	}
	g.Path = program(env, job, "grype")
	for _, name := range []string{
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "GRYPE_DB_UPDATE_URL", "GRYPE_DB_CA_CERT",
	} {
		if value := env.get(name); value != "" {
			g.Env = append(g.Env, name+"="+value)
		}
	}
	if kept != "" {
		g.Database = filepath.Join(kept, "grype", "db")
	}
	if named := env.get("GRYPE_DB_CACHE_DIR"); named != "" {
		g.Database = named
	}
	if g.Database != "" && (!filepath.IsAbs(g.Database) || docker(env, job.Tree.Dir()).InWorkspace(existing(g.Database))) {
		g.Refused = fmt.Errorf("the database of grype would be %q: the folder has to be absolute, and not in the workspace; "+
			"set GRYPE_DB_CACHE_DIR", g.Database)
	}
	return g
}

// existing is the path, or what is there of it.
func existing(path string) string {
	for parent := filepath.Dir(path); parent != path; path, parent = parent, filepath.Dir(parent) {
		if _, err := os.Lstat(path); err == nil {
			break
		}
	}
	return path
}
