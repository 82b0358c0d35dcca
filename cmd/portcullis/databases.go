package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/cli"
	"github.com/portcullis-ci/portcullis/internal/github/cache"
	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// databaseOf returns where a job has its databases from. A folder of the
// configuration is below dir.
func databaseOf(repository, javaRepository, dir, kept string) scan.Database {
	below := func(repository string) string {
		if strings.HasPrefix(repository, ".") {
			return "dir:" + filepath.Join(dir, repository)
		}
		return repository
	}
	return scan.Database{Repository: below(repository), JavaRepository: below(javaRepository), CacheDir: kept}
}

// actionsCache returns the cache service of GitHub Actions, if this is a job that
// has one.
func actionsCache(env environment, job cli.Job) image.BlobCache {
	url, token := env.get("ACTIONS_RESULTS_URL"), env.get("ACTIONS_RUNTIME_TOKEN")
	if url == "" || token == "" {
		return nil
	}
	service, err := cache.New(url, token, job.Refuse != "")
	if err != nil {
		job.Log.Warn("the cache service is not used", "err", err)
		return nil
	}
	return service
}

// databases does what `portcullis db` was asked for.
func databases(ctx context.Context, env environment, job cli.DatabaseJob) ([]cli.KeptDatabase, error) {
	kept, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("finding the cache folder: %w", err)
	}
	c := job.Config.Scan.Database
	from := databaseOf(c.Repository, c.JavaRepository, job.Dir, kept)
	login, err := logins(env, ".", job.Login, from.References(job.Java)...)
	if err != nil {
		return nil, &cli.Misused{Err: err}
	}
	o := scan.Options{
		Fetcher: image.Fetcher{
			Keychain: login.first, Fallback: login.second, Proxy: http.ProxyFromEnvironment, Progress: job.Progress, Log: job.Log,
		},
		Database: from,
		Now:      job.Now, Log: job.Log,
	}
	o.Database.MaxAge = job.Config.MaxAge()
	all := scan.NewDatabases(o)
	java, digest := job.Java, ""
	switch job.Action {
	case cli.UpdateDatabase:
		err = all.Update(ctx, job.Java)
	case cli.ImportDatabase:
		java, err = all.Import(ctx, job.File, job.Digest)
	case cli.ExportDatabase:
		digest, err = all.Export(ctx, job.Java, job.File)
	case cli.DatabaseStatus:
		return asKept(all.Status()), nil
	}
	if err != nil {
		return nil, err
	}
	status := asKept(all.Status())
	status = slices.DeleteFunc(status, func(k cli.KeptDatabase) bool { return k.Java != java })
	for i := range status {
		if digest != "" { // of the file, which was packed anew
			status[i].Digest, status[i].Path = digest, job.File
		}
	}
	return status, nil
}

func asKept(all []scan.Kept) []cli.KeptDatabase {
	var kept []cli.KeptDatabase
	for _, k := range all {
		kept = append(kept, cli.KeptDatabase{
			Java: k.Java, Digest: k.Digest, Source: k.Source, Path: k.Path, UpdatedAt: k.UpdatedAt, Err: k.Err,
		})
	}
	return kept
}
