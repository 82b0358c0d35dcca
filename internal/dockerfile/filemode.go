package dockerfile

import (
	"strconv"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
)

// A fileMode is a mode that an instruction gives to files, as it is written.
type fileMode struct {
	text string
	at   syntax.Span
}

// fileModes returns the modes that chmod, install and --chmod give in an
// instruction.
func fileModes(in *syntax.Instruction) []fileMode {
	var modes []fileMode
	if f, ok := in.Flag("chmod"); ok && (in.Keyword == "COPY" || in.Keyword == "ADD") {
		modes = append(modes, fileMode{text: f.Value, at: f.Span})
	}
	for c := range calls(in, "chmod", "install", "mkdir") {
		if c.Program() != "chmod" {
			for _, o := range c.Options("m", "mode", "o", "g", "owner", "group", "t") {
				if o.Name == "m" || o.Name == "mode" {
					modes = append(modes, fileMode{text: o.Value, at: c.Span})
				}
			}
			continue
		}
		if operands := c.Operands(); len(operands) > 1 && !c.HasFlag("reference") {
			modes = append(modes, fileMode{text: operands[0].Value, at: c.Span})
		}
	}
	return modes
}

// Bits of a mode as chmod(1) numbers them.
const (
	setuid      = 0o4000
	sticky      = 0o1000
	writeForAll = 0o002
	largestMode = 0o7777
)

// octal returns a mode that is written as a number.
func (m fileMode) octal() (uint64, bool) {
	if strings.Trim(m.text, "01234567") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(m.text, 8, 16)
	return n, err == nil && n <= largestMode
}

// grants reports whether a mode that is written in letters gives a permission
// to one of these groups of users: u+s, a=rwx, o+w. The mask of the process
// holds for a clause that names no group, but not for the setuid bit.
func (m fileMode) grants(who, permission string) bool {
	for clause := range strings.SplitSeq(m.text, ",") {
		i := strings.IndexAny(clause, "+=-")
		if i < 0 {
			return false
		}
		named := strings.ContainsAny(clause[:i], who) || i == 0 && permission == "s"
		if clause[i] != '-' && named && strings.Contains(clause[i+1:], permission) {
			return true
		}
	}
	return false
}
