package scan

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing/fstest"

	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
)

// osFiles are an operating system with these packages; nil where its package
// database is not made of text.
func osFiles(os ftypes.OS, canaries []canary) fstest.MapFS {
	release := strings.TrimSuffix(os.Name, "-ESM")
	files := fstest.MapFS{"etc/os-release": text("ID=%s\nVERSION_ID=%q\n", os.Family, release)}
	var packages strings.Builder
	switch os.Family {
	case ftypes.Alpine, ftypes.Chainguard, ftypes.MinimOS, ftypes.Wolfi:
		if os.Family == ftypes.Alpine {
			files["etc/alpine-release"] = text("%s\n", release)
		}
		for _, c := range canaries {
			fmt.Fprintf(&packages, "P:%s\nV:%s\nA:x86_64\nL:MIT\no:%s\n\n", c.name, c.version, c.name)
		}
		files["lib/apk/db/installed"] = text("%s", packages.String())
	case ftypes.Debian, ftypes.Ubuntu:
		if os.Family == ftypes.Debian {
			files["etc/debian_version"] = text("%s\n", release)
		} else {
			files["etc/lsb-release"] = text("DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=%s\n", release)
		}
		for _, c := range canaries {
			fmt.Fprintf(&packages, "Package: %s\nStatus: install ok installed\nVersion: %s\nArchitecture: amd64\n\n", c.name, c.version)
		}
		files["var/lib/dpkg/status"] = text("%s", packages.String())
	default:
		return nil
	}
	return files
}

// langFiles are the files of installed packages of a language; nil where these
// are binaries.
func langFiles(kind ftypes.LangType, canaries []canary) fstest.MapFS {
	files := fstest.MapFS{}
	for i, c := range canaries {
		dir := fmt.Sprintf("canary/%d/", i)
		switch kind {
		case ftypes.NodePkg:
			files[dir+"node_modules/canary/package.json"] = asJSON(map[string]string{"name": c.name, "version": c.version})
		case ftypes.PythonPkg:
			files[dir+"canary.dist-info/METADATA"] = text("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", c.name, c.version)
		case ftypes.GemSpec:
			files[dir+"specifications/canary.gemspec"] = text("Gem::Specification.new do |s|\n  s.name = %q.freeze\n  s.version = %q\nend\n", c.name, c.version)
		case ftypes.ComposerVendor:
			files[dir+"vendor/composer/installed.json"] = asJSON(map[string]any{"packages": []any{map[string]string{"name": c.name, "version": c.version}}})
		case ftypes.DotNetCore:
			library := c.name + "/" + c.version
			files[dir+"canary.deps.json"] = asJSON(map[string]any{
				"runtimeTarget": map[string]string{"name": "net"}, "libraries": map[string]any{library: map[string]string{"type": "package"}},
				"targets": map[string]any{"net": map[string]any{library: map[string]any{"runtime": map[string]any{"a.dll": map[string]any{}}}}},
			})
		default:
			return nil
		}
	}
	return files
}

func text(format string, args ...any) *fstest.MapFile {
	return &fstest.MapFile{Data: fmt.Appendf(nil, format, args...)}
}

func asJSON(v any) *fstest.MapFile {
	raw, _ := json.Marshal(v) // strings and maps of them
	return &fstest.MapFile{Data: raw}
}
