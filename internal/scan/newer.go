package scan

import (
	"context"
	"strings"
	"time"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// patience is how long a registry may take to say what newer base image it has:
// the verdict does not depend on it.
const patience = 15 * time.Second

// newer returns a function that says which newer base image there is, "" where
// that is not known. A change under review chooses what FROM names: only
// registries that the configuration lists, and those that the images of the run
// come from, are asked.
func (s *Stage) newer(ctx context.Context) func(base string) string {
	known := map[string]string{}
	return func(base string) string {
		if found, ok := known[base]; ok || !s.mayAsk(base) {
			return found
		}
		limited, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		found, err := s.o.Fetcher.Newer(limited, base)
		if err != nil {
			s.o.Log.Debug("looking for a newer base image", "base", base, "err", err)
		}
		known[base] = found
		return found
	}
}

// mayAsk reports whether the registry of a base image may be asked about it.
func (s *Stage) mayAsk(base string) bool {
	ref, err := image.ParseRemote(base)
	if err != nil || strings.ContainsAny(base, "$ ") {
		return false
	}
	repository, ok := ref.Repository()
	if !ok || s.o.Offline && !isLoopback(repository.RegistryStr()) {
		return false
	}
	for _, named := range s.o.Images {
		own, err := image.Parse(named)
		if err != nil {
			continue
		}
		if r, ok := own.Repository(); ok && r.RegistryStr() == repository.RegistryStr() {
			return true
		}
	}
	return (&Workloads{Registries: s.o.Bases}).allowed(base)
}
