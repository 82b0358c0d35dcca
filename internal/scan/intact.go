package scan

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aquasecurity/trivy/pkg/fanal/analyzer"
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

// lists are the package databases of an image that Trivy reads until the first line
// that is too long for it, without a word.
var lists = []string{"lib/apk/db/installed", "usr/lib/apk/db/installed", "var/lib/rpmmanifest/container-manifest-2"}

// A lineReader sees these files as Trivy's own analyzers do, and gives an error where
// those would stop: the image counts as not read.
type lineReader struct{}

// Required reports whether a file is such a list.
func (lineReader) Required(path string, _ os.FileInfo) bool { return slices.Contains(lists, path) }

// Analyze reads one file.
func (lineReader) Analyze(_ context.Context, in analyzer.AnalysisInput) (*analyzer.AnalysisResult, error) {
	lines := bufio.NewScanner(in.Content)
	for lines.Scan() {
		if bytes.IndexByte(lines.Bytes(), 0) >= 0 {
			return nil, fmt.Errorf("%s is not a text", in.FilePath)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading %s: %w", in.FilePath, err)
	}
	return nil, nil
}

// Type names the analyzer.
func (lineReader) Type() analyzer.Type { return "portcullis-lines" }

// Version changes with what Analyze returns: layers are kept with it.
func (lineReader) Version() int { return 1 }

// shortLines reports whether no line is so long that the parser stops there.
func shortLines(raw []byte) bool {
	for line := range bytes.SplitSeq(raw, []byte("\n")) {
		if len(line) >= bufio.MaxScanTokenSize {
			return false
		}
	}
	return true
}
