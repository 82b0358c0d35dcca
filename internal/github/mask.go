package github

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/sethvargo/go-githubactions"
)

// shortestMask is the length of the shortest secret that is masked: hiding
// every "on" of a log hides nothing and breaks the log.
const shortestMask = 4

// Mask tells the runner to hide secrets in the log from here on, each line of a
// secret by itself. Lines of fewer than four characters are not masked.
func Mask(w io.Writer, secrets ...string) error {
	var b bytes.Buffer
	action := githubactions.New(githubactions.WithWriter(&b))
	for _, secret := range secrets {
		for line := range strings.FieldsFuncSeq(secret, func(r rune) bool { return r == '\r' || r == '\n' }) {
			if line = strings.TrimSpace(line); utf8.RuneCountInString(line) >= shortestMask {
				action.AddMask(line)
			}
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}
