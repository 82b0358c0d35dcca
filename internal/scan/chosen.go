package scan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
)

// unmet returns an error for each platform that was asked for and that an image
// does not have, at the line that asks for it.
func (s *Stage) unmet(f fetched) []error {
	var has []string
	for _, p := range f.image.Platforms {
		if p.Skipped == "" || p.Skipped == image.LeftOut {
			has = append(has, p.Name)
		}
	}
	var errs []error
	for _, asked := range s.o.Fetcher.Platforms {
		if slices.ContainsFunc(has, func(name string) bool { return image.Covers(asked, name) }) {
			continue
		}
		at := s.o.PlatformsAt
		at.Object = asked
		errs = append(errs, &gate.CheckError{
			Location: at,
			Err:      fmt.Errorf("%s has no platform %s, which scan.platforms lists: it has %s", f.reference, asked, strings.Join(has, ", ")),
			Hint:     "list platforms that every image has, or remove scan.platforms to scan all",
		})
	}
	return errs
}

// leftOut notes the platforms of an image that nobody looked at.
func leftOut(f fetched) []string {
	var names []string
	for _, p := range f.image.Platforms {
		if p.Skipped == image.LeftOut {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s: %s: %s", f.reference, image.LeftOut, strings.Join(names, ", "))}
}
