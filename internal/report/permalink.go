package report

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

var (
	serverURL  = regexp.MustCompile(`^https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9/._-]+)?$`)
	ownerName  = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`)
	commitHash = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
)

// permalink returns the address of a place of the repository at the commit that
// was checked, or "" where server, repository, commit or file are not known. It
// holds only characters that mean nothing in Markdown, HTML or a shell: what the
// path adds to it leads to a file of this commit and nowhere else.
func (o Options) permalink(c gate.Context, l gate.Location) string {
	server := strings.TrimSuffix(o.Server, "/")
	if !serverURL.MatchString(server) || !ownerName.MatchString(c.Repository) || !commitHash.MatchString(c.SHA) {
		return ""
	}
	name := o.repository(l.Path)
	if name == "" || strings.Contains("/"+c.Repository+"/", "/../") {
		return ""
	}
	lines := ""
	if l = o.atHead(l); l.Line > 0 {
		lines = fmt.Sprintf("#L%d", l.Line)
		if l.EndLine > l.Line {
			lines += fmt.Sprintf("-L%d", l.EndLine)
		}
	}
	if path.Ext(name) == ".md" && lines != "" {
		lines = "?plain=1" + lines // rendered Markdown has no lines
	}
	return server + "/" + c.Repository + "/blob/" + c.SHA + "/" + percent(name) + lines
}

// percent escapes every byte of a path that is not a letter, a digit, or one of
// "/.-".
func percent(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '/', c == '.', c == '-':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// linkedPlace is a place as a code span, which leads to its line where that is
// known.
func (o Options) linkedPlace(c gate.Context, l gate.Location) string {
	to := o.permalink(c, l)
	l.Path = o.repository(l.Path)
	if to == "" {
		return code(l.String())
	}
	return "[" + code(l.String()) + "](" + to + ")"
}
