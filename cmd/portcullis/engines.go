package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/portcullis-ci/portcullis/internal/cli"
	"github.com/portcullis-ci/portcullis/internal/demo"
	"github.com/portcullis-ci/portcullis/internal/dockerfile"
	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/manifest"
	"github.com/portcullis-ci/portcullis/internal/manifest/helm"
	"github.com/portcullis-ci/portcullis/internal/manifest/kustomize"
	"github.com/portcullis-ci/portcullis/internal/policy"
	"github.com/portcullis-ci/portcullis/internal/sarif"
	"github.com/portcullis-ci/portcullis/internal/scan"
	"github.com/portcullis-ci/portcullis/internal/sign"
	"github.com/portcullis-ci/portcullis/internal/workflow"
)

// engines puts the product together: this is the one place that names every
// stage and its engine.
func engines(env environment) cli.Engines {
	return cli.Engines{
		Stages: func(job cli.Job) (cli.Stages, error) { return stages(env, job) },
		Verify: func(ctx context.Context, job cli.VerifyJob) (cli.Verification, error) { return verify(ctx, env, job) },
		Databases: func(ctx context.Context, job cli.DatabaseJob) ([]cli.KeptDatabase, error) {
			return databases(ctx, env, job)
		},
		Rules: rules,
		Demo: func(ctx context.Context, w io.Writer, run func(context.Context, time.Time, ...string) int) error {
			return demo.Run(ctx, w, demoTools(env, run))
		},
	}
}

// stages makes the stages that a job names, from its configuration.
func stages(env environment, job cli.Job) (cli.Stages, error) {
	s := cli.Stages{Close: func() error { return nil }}
	guard, err := workflow.Find(context.Background(), job.Repository, job.Above)
	if err != nil {
		return s, err
	}
	login, err := logins(env, job.Tree.Dir(), job.Login, asked(job)...)
	if err != nil {
		return cli.Stages{}, err
	}
	charts := renderers(job.Config.Policy.Helm.Values)
	var scanned *scan.Stage
	for _, name := range job.Stages {
		switch name {
		case "policy":
			s.Checks = append(s.Checks, policyStage(env, job, login, charts))
		case "dockerfile":
			s.Checks = append(s.Checks, dockerfileStage(env, job))
		case "scan":
			scanned = scanStage(env, job, login, charts)
			s.Checks, s.Close = append(s.Checks, scanned), scanned.Close
		case "import":
			s.Checks = append(s.Checks, sarif.New(sarif.Options{Files: job.Imports, Tree: job.Tree}))
		case "sign":
			if fromManifests(job) {
				return cli.Stages{}, errors.New("scan.images: from-manifests: images that others may have made are not signed, name your own with --images")
			}
			s.Signer = signStage(env, job, login, scanned)
		default:
			return cli.Stages{}, fmt.Errorf("no stage %q", name)
		}
	}
	if guard != nil { // whatever stages are named: it is what makes them count
		s.Checks = append(s.Checks, guard)
	}
	return s, nil
}

func policyStage(env environment, job cli.Job, login keychains, charts []manifest.Renderer) *policy.Stage {
	c := job.Config.Policy
	cache, err := os.UserCacheDir()
	if err == nil {
		cache = filepath.Join(cache, "portcullis")
	}
	return policy.New(policy.Options{
		Tree: job.Tree, Policies: job.Policies, Manifests: c.Manifests, Rego: c.Rego, Data: c.Data,
		Namespaces: c.Namespaces, Combine: c.Combine,
		Builtin: !c.Builtin.Off, Disable: c.Builtin.Disable,
		Gatekeeper: c.Gatekeeper, PodSecurity: c.PodSecurity.Level, PodSecurityVersion: c.PodSecurity.Version,
		Bundles:   policy.Bundles{Fetcher: fetcher(env, job, login), CacheDir: cache, Offline: job.Offline},
		Renderers: charts, Values: c.Helm.Values, Process: policyCommand, Log: job.Log,
	})
}

// renderers make manifests of what is written for Helm and Kustomize.
func renderers(values map[string][]string) []manifest.Renderer {
	return []manifest.Renderer{manifest.Once(helm.New(values)), manifest.Once(kustomize.New())}
}

func dockerfileStage(env environment, job cli.Job) *dockerfile.Stage {
	c := job.Config.Dockerfile
	return dockerfile.New(dockerfile.Options{
		Tree: job.Tree, Files: c.Files, Ignore: c.Ignore, Severity: job.Config.Severities(),
		Mandatory: c.Mandatory, Base: job.Base, TrustedRegistries: c.TrustedRegistries, Labels: c.Labels, StrictLabels: c.StrictLabels,
		DisableIgnorePragma: c.DisableIgnorePragma, ShellCheck: c.ShellCheck, ShellCheckPath: program(env, job, "shellcheck"), Now: job.Now, Log: job.Log,
	})
}

func scanStage(env environment, job cli.Job, login keychains, charts []manifest.Renderer) *scan.Stage {
	c := job.Config.Scan
	cache, _ := os.UserCacheDir() // "": the database is not kept
	if slices.Contains(job.Stages, "sign") {
		cache = "" // what an earlier run left behind must not decide about a signature
	}
	database := databaseOf(c.Database.Repository, c.Database.JavaRepository, job.Tree.Dir(), cache)
	database.MaxAge = job.Config.MaxAge()
	if cache != "" && !job.Offline {
		database.Blobs = actionsCache(env, job)
	}
	var workloads *scan.Workloads
	if fromManifests(job) {
		workloads = &scan.Workloads{
			Tree: job.Tree, Manifests: job.Config.Policy.Manifests, Registries: c.Registries, Paths: c.ImagePaths, Renderers: charts,
		}
	}
	images := fetcher(env, job, login)
	images.Platforms = c.Platforms.Names
	return scan.New(scan.Options{
		Results: results(job, cache),
		Grype:   grype(env, job, cache),
		Images:  job.Images, Workloads: workloads, Workspace: c.Workspace, Scanners: c.Scanners, IgnoreUnfixed: c.IgnoreUnfixed,
		UnknownSeverity: job.Config.UnknownSeverity(),
		Fetcher:         images,
		PlatformsAt:     job.Config.PlatformsAt(),
		Database:        database,
		VEX:             c.VEX, Trusted: job.Policies, Static: c.Static,
		SBOM: sbom(job), SBOMDir: job.SBOMDir, Version: job.Version,
		Offline: job.Offline, Bases: slices.Concat(c.Registries, job.Config.Dockerfile.TrustedRegistries), Tree: job.Tree, Config: job.Config.Source.Source, Now: job.Now, Log: job.Log, Trace: job.Trace,
	})
}

// results is the folder, below that of caches, where the results of scans are kept
// between runs; "": nowhere. In a CI system whoever wrote the change may have
// written to the folder too, and what is signed is always scanned.
func results(job cli.Job, cache string) string {
	if cache == "" || !job.Local || slices.Contains(job.Stages, "sign") {
		return ""
	}
	return filepath.Join(cache, "portcullis", "results")
}

// sbom is the format of the SBOMs that a job wants; "": none.
func sbom(job cli.Job) string {
	attested := slices.Contains(job.Stages, "sign") && slices.Contains(job.Config.Sign.Attest, "sbom")
	if job.Config.Scan.SBOM == "" && (job.SBOMDir != "" || attested) {
		return scan.CycloneDX
	}
	return job.Config.Scan.SBOM
}

// fetcher fetches images and bundles.
func fetcher(env environment, job cli.Job, login keychains) image.Fetcher {
	return image.Fetcher{
		Keychain: login.first, Fallback: login.second, Proxy: http.ProxyFromEnvironment,
		Progress: job.Progress, Log: job.Log, Engine: env.get("DOCKER_HOST"),
	}
}

// fromManifests reports whether the images of manifests are scanned. Images that
// a flag names take their place.
func fromManifests(job cli.Job) bool {
	return job.Config.Scan.Images.FromManifests && len(job.Images) == 0
}

// signStage makes the sign stage, which attests the SBOMs of a scan before it.
func signStage(env environment, job cli.Job, login keychains, scanned *scan.Stage) *sign.Stage {
	c := job.Config.Sign
	key := c.Key
	if key != "" && !filepath.IsAbs(key) && !strings.Contains(key, "://") {
		key = filepath.Join(job.Tree.Dir(), key)
	}
	var boms func(string) ([]byte, bool)
	if scanned != nil {
		boms = scanned.SBOM
	}
	return sign.New(sign.Options{
		SBOM: boms, Refuse: job.Refuse, RefuseHint: "leave sign out of --stages here, and sign in the workflow that runs after the merge",
		Key: key, Getenv: env.get, Password: env.password,
		Format: c.Format, Attest: c.Attest,
		Tool: gate.Tool{Name: "portcullis", Version: job.Version}, Context: job.Context, Config: &job.Config.Source,
		Keychain: login.both(), Transport: guarded, Now: job.Now, Log: job.Log,
	})
}

// guarded makes the requests of signing and verifying, which go where those for
// images may go and nowhere else.
func guarded(registry name.Registry) http.RoundTripper {
	return image.NewTransport(registry, http.ProxyFromEnvironment)
}

// password returns the password of the signing key; none is an empty one.
func (e environment) password(context.Context) ([]byte, error) {
	if file := e.get("COSIGN_PASSWORD_FILE"); file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading COSIGN_PASSWORD_FILE: %w", err)
		}
		return []byte(strings.TrimRight(string(b), "\r\n")), nil
	}
	return []byte(e.get("COSIGN_PASSWORD")), nil
}

func verify(ctx context.Context, env environment, job cli.VerifyJob) (cli.Verification, error) {
	login, err := logins(env, ".", job.Login, job.Image)
	if err != nil {
		return cli.Verification{}, &cli.Misused{Err: err}
	}
	v, err := sign.Verify(ctx, sign.VerifyOptions{
		Image: job.Image, Key: job.Key, Require: job.Require, Keychain: login.both(), Transport: guarded, Now: job.Now,
	})
	switch {
	case errors.Is(err, sign.ErrNotVerified):
		return cli.Verification{}, &cli.Unverified{Err: err}
	case errors.Is(err, sign.ErrUsage):
		return cli.Verification{}, &cli.Misused{Err: err}
	case err != nil:
		return cli.Verification{}, err
	}
	out := cli.Verification{Reference: v.Reference, Digest: v.Digest, Identity: v.Identity, Formats: v.Formats}
	for _, a := range v.Attestations {
		out.Predicates = append(out.Predicates, a.PredicateType)
	}
	return out, nil
}

// rules documents every rule, sorted by id.
func rules() ([]gate.Rule, error) {
	all, err := policy.Rules()
	if err != nil {
		return nil, err
	}
	all = slices.Concat(all, dockerfile.Rules(), workflow.Rules(), scan.Rules())
	slices.SortFunc(all, func(a, b gate.Rule) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

func demoTools(env environment, run func(context.Context, time.Time, ...string) int) demo.Tools {
	return demo.Tools{
		Run: run, BuildDatabase: scan.BuildDatabase,
		GenerateKey: func() (private, public []byte, err error) {
			password, err := env.password(context.Background())
			if err != nil {
				return nil, nil, err
			}
			return sign.GenerateKey(password)
		},
	}
}
