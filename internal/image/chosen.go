package image

import "strings"

// LeftOut is the reason of a [Platform] that [Fetcher.Platforms] does not name.
const LeftOut = "left out by scan.platforms"

// Covers reports whether the platform called name, as [Platform] has it, is one
// that was asked for: "linux/arm64" asks for every variant of it, "linux/arm/v7"
// for that one, whose name may leave the variant out.
func Covers(asked, name string) bool {
	name, _, _ = strings.Cut(name, ":") // the version of Windows
	if asked == name || strings.HasPrefix(name, asked+"/") {
		return true
	}
	// What an architecture is without a variant, as builders write it.
	usual := map[string]string{"amd64": "v1", "arm": "v7", "arm64": "v8"}
	_, arch, _ := strings.Cut(name, "/")
	return usual[arch] != "" && asked == name+"/"+usual[arch]
}

// leftOut returns why a platform is not fetched, "" if it is.
func (f *Fetcher) leftOut(name string) string {
	for _, asked := range f.Platforms {
		if Covers(asked, name) {
			return ""
		}
	}
	if len(f.Platforms) == 0 {
		return ""
	}
	return LeftOut
}
