package scan

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aquasecurity/trivy/pkg/cache"
	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
)

// A repairing cache mends what parsers of lock files say before it is compared
// with advisories.
type repairing struct{ *cache.MemoryCache }

// PutBlob keeps the packages of a folder.
func (r *repairing) PutBlob(ctx context.Context, id string, blob ftypes.BlobInfo) error {
	for _, app := range blob.Applications {
		if app.Type == ftypes.Bun {
			nested(app.Packages)
		}
	}
	return r.MemoryCache.PutBlob(ctx, id, blob)
}

// nested gives the further versions of a package their name and version. bun.lock
// has them under the name of what needs them, "good/bad": ["bad@1.0.0"], which
// arrives as a package "good/bad" in version "bad@1.0.0", needed by nobody; and
// an alias arrives under the name that only the project knows it by.
func nested(packages []ftypes.Package) {
	byKey := map[string]*ftypes.Package{}
	keys := make([]string, len(packages))
	for i := range packages {
		byKey[packages[i].Name], keys[i] = &packages[i], packages[i].Name
	}
	// What needs a package comes before it.
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	for _, key := range keys {
		p := byKey[key]
		i := strings.LastIndex(p.Version, "@")
		if i <= 0 {
			continue
		}
		p.Name, p.Version = p.Version[:i], p.Version[i+1:]
		above, ok := strings.CutSuffix(key, "/"+p.Name)
		needing := byKey[above]
		if !ok || needing == nil {
			continue
		}
		p.Dev = p.Dev && needing.Dev
		other := byKey[p.Name]
		needing.DependsOn = slices.DeleteFunc(needing.DependsOn, func(id string) bool { return other != nil && id == other.ID })
		needing.DependsOn = append(needing.DependsOn, p.ID)
	}
}
