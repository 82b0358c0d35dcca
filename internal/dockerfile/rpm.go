package dockerfile

import (
	"regexp"
	"strings"
)

// rpmVersion is what follows the name in a package with a version.
var rpmVersion = regexp.MustCompile(`.-(?:[0-9]+:)?[0-9]`)

// rpmValued are the flags of yum and dnf whose value is the next argument.
var rpmValued = []string{"c", "config", "enablerepo", "disablerepo", "repo", "setopt", "releasever", "installroot", "exclude", "x"}

// reportUnpinnedRPMs reports packages that yum or dnf installs without a
// version, and modules without a stream. A package with a variable that the
// file sets is taken to have one in it.
func (p *pass) reportUnpinnedRPMs(programs ...string) {
	set := p.names("ARG", "ENV")
	for in := range p.each("RUN") {
		var unpinned arguments
		for c := range calls(in, programs...) {
			if c.HasArg("group") {
				continue
			}
			module := c.HasArg("module")
			for _, w := range installed(c, rpmValued, "install") {
				switch {
				case module && strings.Contains(w.Value, ":"):
				case !module && rpmVersion.MatchString(w.Value):
				case strings.HasSuffix(w.Value, ".rpm"), set[variableName(w.Value)]:
				default:
					unpinned = append(unpinned, w)
				}
			}
		}
		p.reportWords(in, unpinned, programs[0]+" installs %s without a version")
	}
}
