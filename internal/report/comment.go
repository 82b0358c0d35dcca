package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// Marker is the first line of the comment that goes by key, by which a later
// run finds it. Whoever looks for it has to check the author as well: anybody
// can write the same line. The key may be any text.
func Marker(key string) string { return marker("comment", key) }

// marker is an HTML comment that says what it marks and nothing of the key.
func marker(kind, key string) string {
	sum := sha256.Sum256([]byte(key))
	return "<!-- portcullis " + kind + " " + hex.EncodeToString(sum[:12]) + " -->"
}

// Comment returns the body of the comment on a pull request that goes by key:
// its [Marker], and below it [Markdown] in what is left of o.Limit characters.
// Of an open gate it shows the verdict, the stages and the images alone: what
// is read in every pull request has to be short.
func Comment(r gate.Report, key string, o Options) string {
	first := Marker(key) + "\n\n"
	o.Limit = cmp.Or(o.Limit, markdownLimit) - utf8.RuneCountInString(first)
	if !open(r) {
		return first + Markdown(r, o)
	}
	return first + fit(o.shortHead(r, o.Limit), []part{o.imagePart(r)}, o.Limit)
}

// HasMarker reports whether a comment with this body goes by key.
func HasMarker(body, key string) bool {
	line, _, _ := strings.Cut(body, "\n")
	return strings.TrimSuffix(line, "\r") == Marker(key)
}
