package scan

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"
)

// byteOrderMark begins a text of some editors. Parsers stumble over it.
var byteOrderMark = []byte("\ufeff")

// asText returns the text of a lock file as parsers expect it, without a byte order
// mark and with line feeds only: lines stay what they are. Other encodings, which
// XML may name and requirements.txt may have, are left alone.
func asText(raw []byte) []byte {
	if !utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0 {
		return raw
	}
	return bytes.ReplaceAll(bytes.TrimPrefix(raw, byteOrderMark), []byte("\r\n"), []byte("\n"))
}

// intact returns an error for a lock file that its parser would read as one with
// fewer packages, or none, and not complain.
func intact(name string, raw []byte) error {
	base := path.Base(name)
	switch {
	case base == "pom.xml":
		return confined(name, raw)
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")): // UTF-16
		return nil
	case bytes.IndexByte(raw, 0) >= 0:
		return errors.New("it is not a text")
	}
	text := strings.TrimSpace(string(raw))
	switch {
	case base == "mix.lock":
		return either(text == "" || strings.HasPrefix(text, "%{") && strings.HasSuffix(text, "}") && shortLines(raw), "it is no map of Elixir with lines of a sane length")
	case strings.HasSuffix(base, "gradle.lockfile"):
		return either((strings.HasPrefix(text, "empty=") || strings.Contains(text, "\nempty=")) && shortLines(raw),
			"the line that Gradle ends it with, empty=, is not there, or a line is too long")
	case base == "Gemfile.lock":
		return either(strings.Contains(text, "DEPENDENCIES"), "it has no DEPENDENCIES")
	case base == "yarn.lock":
		return either(text == "" || strings.Contains(text, "yarn lockfile v") || strings.Contains(text, "__metadata:"), "it is not what Yarn writes")
	}
	return nil
}

func either(ok bool, otherwise string) error {
	if ok {
		return nil
	}
	return fmt.Errorf("damaged: %s", otherwise)
}

// shortLines reports whether no line is so long that the parser stops there.
func shortLines(raw []byte) bool {
	for line := range bytes.SplitSeq(raw, []byte("\n")) {
		if len(line) >= bufio.MaxScanTokenSize {
			return false
		}
	}
	return true
}
