package scan

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/aquasecurity/trivy/pkg/types"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
)

// static returns the entry of Static that names an image, a digest before a
// pattern; "" if none does.
func (o *Options) static(t target, digests ...string) (entry string, byDigest bool) {
	for _, entry := range o.Static {
		if slices.Contains(digests, entry) {
			return entry, true
		}
	}
	name := staticName(t)
	for _, entry := range o.Static {
		if ok, _ := path.Match(repositoryPattern(entry), name); ok {
			return entry, false
		}
	}
	return "", false
}

// staticName is what a pattern of Static is compared with: the repository, or a
// reference of this machine as it was written.
func staticName(t target) string {
	parse := image.Parse
	if len(t.places) > 0 {
		parse = image.ParseRemote
	}
	ref, err := parse(t.reference)
	if err != nil {
		return t.reference
	}
	if repository, ok := ref.Repository(); ok {
		return hub(repository.Name())
	}
	if rest, engine := strings.CutPrefix(t.reference, "docker:"); engine {
		if repository, ok := repositoryOf(rest); ok {
			return hub(repository)
		}
	}
	return t.reference
}

// hub writes the name of Docker's own registry as people do.
func hub(repository string) string {
	if rest, ok := strings.CutPrefix(repository, "index.docker.io/"); ok {
		return "docker.io/" + rest
	}
	return repository
}

// repositoryPattern is an entry of Static with the registry in front that a
// short name has.
func repositoryPattern(entry string) string {
	if strings.HasPrefix(entry, "oci:") || strings.HasPrefix(entry, "tar:") {
		return entry
	}
	host, _, found := strings.Cut(entry, "/")
	switch {
	case !found:
		return "docker.io/library/" + entry
	case host != "localhost" && !strings.ContainsAny(host, ".:"):
		return "docker.io/" + entry
	}
	return hub(entry)
}

// unproven returns why an image without an operating system that has advisories
// says nothing; nil if it consists of static programs, and at least one of them
// says what it was built from.
func unproven(scan *scanned, known bool) error {
	report := scan.report
	dynamic := slices.IndexFunc(scan.programs, func(p program) bool { return p.loader != "" })
	os := report.Metadata.OS
	switch {
	case known:
		return fmt.Errorf("it is %s, but has no package database", osName(report))
	case osName(report) != "":
		return fmt.Errorf("there are no advisories for its operating system, %s", osName(report))
	case os != nil && os.Family == "none":
		return errors.New("its operating system was not recognised: it has a database of packages, and no os-release says of which system")
	case scan.release != release{}:
		return fmt.Errorf("there are no advisories for its operating system, %s", scan.release)
	case strings.HasPrefix(scan.platform.Name, "windows"):
		return errors.New("there are no advisories for its operating system, Windows")
	case packages(report) == 0:
		return errors.New("its operating system was not recognised, and no package of a language: there is nothing to check")
	case dynamic >= 0:
		return fmt.Errorf("its operating system was not recognised, and it is not made of static programs: %s needs %s",
			scan.programs[dynamic].path, scan.programs[dynamic].loader)
	}
	return nil
}

// unlisted is the error of an image without an operating system, with what to
// write into the configuration if that is as it should be. entry is the one that
// names the image, "" if there is none.
func (s *Stage) unlisted(t target, index, entry string, cause error) error {
	name, what := index, "if it is as it should be, accept this one image by its digest"
	if cause == nil {
		cause = errors.New("its operating system was not recognised: it may have none, as an image of a static program alone")
		what = "if it consists of static programs, list it"
		if staticName(t) != t.reference {
			name = staticName(t)
		}
	}
	if entry != "" {
		cause = fmt.Errorf("%w; scan.static names %s, which is for static programs", cause, entry)
	}
	at := s.named(t.reference)
	if len(t.places) > 0 {
		at = t.places[0]
	}
	return &gate.CheckError{Location: at, Err: cause, Hint: fmt.Sprintf("%s, in %s: `scan: {static: [%q]}`", what, s.o.Config, name)}
}

// systemless says what an image has in place of a known operating system.
func systemless(scan *scanned) string {
	switch name := osName(scan.report); {
	case name != "":
		return "no advisories for " + name
	case scan.release != release{}:
		return "no advisories for " + scan.release.String()
	}
	return "no operating system"
}

// checkedOf counts the packages by where they come from: "3 packages of go, 1 of
// npm checked".
func checkedOf(report types.Report) string {
	counts := ecosystems(report)
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		noun := ""
		if len(parts) == 0 {
			noun = "packages "
			if counts[name] == 1 {
				noun = "package "
			}
		}
		parts = append(parts, fmt.Sprintf("%d %sof %s", counts[name], noun, name))
	}
	if len(parts) == 0 {
		return "nothing checked"
	}
	return strings.Join(parts, ", ") + " checked"
}
