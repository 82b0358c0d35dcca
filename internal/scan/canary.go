package scan

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/types"
	bolt "go.etcd.io/bbolt"
)

// canary returns an error if the database has nothing about the operating
// system or an ecosystem in use. Trivy would find nothing and not say why. An
// operating system that was accepted as it is needs none.
func (s *Stage) canary(report types.Report, accepted bool) error {
	var errs []error
	if os := report.Metadata.OS; os != nil && osName(report) != "" && !accepted {
		bucket, ok := osBucket(*os)
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("it is not known how to tell if the database covers %s", osName(report)))
		case !s.database.covers(bucket):
			errs = append(errs, fmt.Errorf("the database has no advisories for %s (no %q in it)", osName(report), bucket))
		}
	}
	for _, r := range report.Results {
		if r.Class != types.ClassLangPkg {
			continue
		}
		if eco := ecosystem(r.Type); eco != "" && !s.database.covers(eco+"::") {
			err := fmt.Errorf("the database has no advisories for %s packages", eco)
			if len(errs) == 0 || errs[len(errs)-1].Error() != err.Error() {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// covers reports whether a bucket is there and not empty. A name that ends in
// "::" stands for all that begin with it, one for each source of advisories.
func (d *database) covers(bucket string) bool {
	found := false
	err := d.bolt.View(func(tx *bolt.Tx) error {
		cursor := tx.Cursor()
		for name, _ := cursor.Seek([]byte(bucket)); bytes.HasPrefix(name, []byte(bucket)); name, _ = cursor.Next() {
			if !strings.HasSuffix(bucket, "::") && string(name) != bucket {
				continue
			}
			if b := tx.Bucket(name); b != nil {
				if first, _ := b.Cursor().First(); first != nil {
					found = true
					return nil
				}
			}
		}
		return nil
	})
	return err == nil && found
}

// osBucket is the name under which the database has the advisories of an
// operating system.
func osBucket(os ftypes.OS) (string, bool) {
	release := strings.TrimSuffix(os.Name, "-ESM")
	switch os.Family {
	case ftypes.Alma:
		return "alma " + parts(release, 1), true
	case ftypes.Alpine:
		return "alpine " + parts(release, 2), true
	case ftypes.Amazon:
		return "amazon linux " + parts(strings.Fields(release + " 1")[0], 1), true
	case ftypes.Azure:
		return "Azure Linux " + parts(release, 2), true
	case ftypes.Bottlerocket, ftypes.Chainguard, ftypes.Echo, ftypes.MinimOS, ftypes.Wolfi:
		return string(os.Family), true
	case ftypes.CBLMariner:
		return "CBL-Mariner " + parts(release, 2), true
	case ftypes.CentOS, ftypes.RedHat:
		return redHat, true
	case ftypes.Debian:
		return "debian " + parts(release, 1), true
	case ftypes.OpenSUSELeap:
		return "openSUSE Leap " + release, true
	case ftypes.OpenSUSETumbleweed:
		return "openSUSE Tumbleweed", true
	case ftypes.Oracle:
		return "Oracle Linux " + parts(release, 1), true
	case ftypes.Photon:
		return "Photon OS " + parts(release, 2), true
	case ftypes.Rocky:
		return "rocky " + parts(release, 1), true
	case ftypes.SLES:
		return "SUSE Linux Enterprise " + release, true
	case ftypes.SLEMicro:
		return "SUSE Linux Enterprise Micro " + release, true
	case ftypes.Ubuntu:
		return "ubuntu " + parts(release, 2), true
	}
	return "", false
}

// parts returns the first n parts of a version.
func parts(version string, n int) string {
	all := strings.SplitN(version, ".", n+1)
	return strings.Join(all[:min(n, len(all))], ".")
}
