package image

import (
	"path"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
)

// How well an instruction and a step of the history go together. Only the
// last two say that an image was built from a Dockerfile.
const (
	different = 0
	sameKind  = 1   // the same keyword, and neither writes files
	similar   = 900 // what a builder keeps of the instruction is the same
	same      = 1000
)

// An expected instruction is one with the texts that builders write for it.
type expected struct {
	*syntax.Instruction
	texts []string // of RUN, without build arguments
	words []string // of the others
}

// expect prepares an instruction for comparison with many steps.
func (d dockerfile) expect(in *syntax.Instruction) expected {
	e := expected{Instruction: in}
	if in.Keyword == "RUN" {
		e.texts = d.runTexts(in)
		return e
	}
	for _, w := range in.Args {
		word := w.Value
		if name, ok := strings.CutPrefix(word, "<<"); ok {
			word = "<<" + strings.Trim(name, `-"'`)
		}
		e.words = append(e.words, word)
	}
	return e
}

// runTexts returns what a builder runs: the command with the shell in front,
// and as it is.
func (d dockerfile) runTexts(in *syntax.Instruction) []string {
	var words []string
	for _, w := range in.Args {
		words = append(words, w.Value)
	}
	command := strings.Join(words, " ")
	switch n := len(in.Heredocs); {
	case n == 1 && strings.HasPrefix(command, "<<") && len(strings.Fields(command)) == 1:
		command = d.Text(in.Heredocs[0].Body)
		if strings.HasPrefix(command, "#!") {
			return []string{"/dev/pipes/" + in.Heredocs[0].Name}
		}
	default:
		for _, h := range in.Heredocs {
			command += "\n" + d.Text(h.Body) + h.Name
		}
	}
	command = squash(command)
	shell := in.Shell.Words
	if len(shell) == 0 {
		shell = []string{"/bin/sh", "-c"}
	}
	if in.JSON { // Buildah writes it as the file has it, behind a shell
		_, written, _ := strings.Cut(squash(in.Text), " ")
		return []string{squash(strings.Join(shell, " ") + " " + written), command}
	}
	return []string{squash(strings.Join(shell, " ") + " " + command), command}
}

// writes reports whether an instruction adds files to the image.
func (e expected) writes() bool {
	return e.Keyword == "RUN" || e.Keyword == "COPY" || e.Keyword == "ADD"
}

// compare says how well a step goes with the instruction.
func (e expected) compare(r record) int {
	switch {
	case r.keyword == "" && e.Keyword == "RUN":
		return e.compareRun(r)
	case r.keyword != e.Keyword || e.writes() && !r.layer:
		return different
	}
	switch e.Keyword {
	case "RUN":
		return e.compareRun(r)
	case "COPY", "ADD":
		return e.compareCopy(r)
	case "WORKDIR":
		if len(e.words) == 1 && (fits(e.words[0], r.text) || fits("$d/"+e.words[0], r.text)) {
			return sameKind
		}
		return different
	}
	return sameKind
}

// compareRun compares what is run. Build arguments stand in front, behind a
// bar and their number; a value may have blanks in it.
func (e expected) compareRun(r record) int {
	for _, text := range e.texts {
		if text != "" && (r.text == text || strings.HasPrefix(r.text, "|") && strings.HasSuffix(r.text, " "+text)) {
			return same
		}
	}
	return different
}

// compareCopy compares sources and target. Docker's first builder writes a
// digest for the sources, and the whole path of the target; behind --chown it
// leaves the blank out: "--chown=1:1dir:… in /app".
func (e expected) compareCopy(r record) int {
	words := strings.Fields(r.text)
	if n := len(words); n == 3 && words[1] == "in" && strings.HasPrefix(words[0], "--chown=") {
		words[0] = words[0][strings.LastIndex(words[0], "=")+1:]
	}
	for len(words) > 0 && strings.HasPrefix(words[0], "--") {
		words = words[1:]
	}
	if len(e.words) < 2 || len(words) < 2 {
		return different
	}
	target, got := e.words[len(e.words)-1], words[len(words)-1]
	if len(words) == 3 && words[1] == "in" && strings.Contains(words[0], ":") {
		return compareTarget(target, got)
	}
	if len(words) != len(e.words) {
		return different
	}
	result := same
	for i, word := range e.words {
		if !fits(word, words[i]) {
			return different
		}
		if variable.MatchString(word) {
			result = similar
		}
	}
	return result
}

// compareTarget compares the target of an instruction with a whole path. The
// working directory itself says next to nothing.
func compareTarget(target, got string) int {
	relative := path.Clean(target)
	switch {
	case fits(target, got):
		return similar
	case relative == ".":
		return sameKind
	case !path.IsAbs(relative) && strings.HasSuffix(path.Clean(got), "/"+relative):
		return similar
	}
	return different
}
