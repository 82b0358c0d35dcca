package scan

import (
	"bytes"
	"encoding/json"
	"strings"

	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	bolt "go.etcd.io/bbolt"
)

// drawn is how many packages with a known vulnerability are drawn for one kind
// of packages. One of them has to be found: not every advisory is about every
// version before the fixed one.
const drawn = 20

// A canary is a package of which the database knows a vulnerability.
type canary struct{ name, version string }

// draw returns packages of a bucket, or of all whose name begins with it if that
// ends in "::", each in a version that an advisory is about as far as it can be
// told without comparing versions.
func (d *database) draw(bucket, oldest string) []canary {
	var all []canary
	_ = d.bolt.View(func(tx *bolt.Tx) error { // only what cannot be decoded fails, and that is left out
		cursor := tx.Cursor()
		for name, _ := cursor.Seek([]byte(bucket)); bytes.HasPrefix(name, []byte(bucket)); name, _ = cursor.Next() {
			if !strings.HasSuffix(bucket, "::") && string(name) != bucket {
				continue
			}
			all = append(all, drawFrom(tx.Bucket(name), oldest, drawn-len(all))...)
			if len(all) >= drawn {
				break
			}
		}
		return nil
	})
	return all
}

// redHat is the bucket of Red Hat's advisories, each of which is about some of its
// repositories.
const redHat = "Red Hat"

// drawnNames is how many packages are drawn where it cannot be told which of them
// an advisory is about.
const drawnNames = 2000

// names returns packages of a bucket, in a version that is older than any fixed
// one, whatever their advisories say.
func (d *database) names(bucket string) []canary {
	var all []canary
	_ = d.bolt.View(func(tx *bolt.Tx) error { // an empty list says the same
		b := tx.Bucket([]byte(bucket))
		if b == nil {
			return nil
		}
		cursor := b.Cursor()
		for name, value := cursor.First(); name != nil && len(all) < drawnNames; name, value = cursor.Next() {
			if value == nil {
				all = append(all, canary{name: string(name), version: "0"})
			}
		}
		return nil
	})
	return all
}

func drawFrom(b *bolt.Bucket, oldest string, n int) []canary {
	var all []canary
	if b == nil {
		return nil
	}
	cursor := b.Cursor()
	for name, value := cursor.First(); name != nil && len(all) < n; name, value = cursor.Next() {
		if value != nil {
			continue // not a package
		}
		advisories := b.Bucket(name).Cursor()
		for id, raw := advisories.First(); id != nil; id, raw = advisories.Next() {
			if version, ok := vulnerable(raw, oldest); ok {
				all = append(all, canary{name: string(name), version: version})
				break
			}
		}
	}
	return all
}

// vulnerable returns a version that an advisory is about.
func vulnerable(raw []byte, oldest string) (string, bool) {
	var advisory struct {
		FixedVersion, AffectedVersion       string
		VulnerableVersions, PatchedVersions []string
	}
	if json.Unmarshal(raw, &advisory) != nil {
		return "", false
	}
	if fixed := advisory.FixedVersion; fixed != "" {
		return oldest, fixed != "0" && advisory.AffectedVersion == ""
	}
	for _, affected := range advisory.VulnerableVersions {
		first, _, _ := strings.Cut(affected, ",")
		switch first = strings.TrimSpace(first); {
		case strings.HasPrefix(first, "<"):
			return oldest, true
		case strings.HasPrefix(first, ">="), strings.HasPrefix(first, "="):
			version := strings.TrimSpace(strings.TrimLeft(first, ">="))
			return version, version != ""
		}
	}
	return oldest, len(advisory.VulnerableVersions) == 0 && len(advisory.PatchedVersions) > 0
}

// oldest is a version before all others, as packages of an operating system have
// it.
func oldest(os ftypes.OSType) string {
	switch os {
	case ftypes.Alpine, ftypes.Chainguard, ftypes.MinimOS, ftypes.Wolfi:
		return "0-r0"
	}
	return "0"
}
