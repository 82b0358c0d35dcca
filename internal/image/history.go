package image

import (
	"path"
	"regexp"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A Step is one entry of the history of an image. Whoever built the image chose
// its text: it may say where something comes from, never what is in the image.
type Step struct {
	CreatedBy string
	Layer     v1.Hash // the digest of the unpacked layer; zero: the step made none
}

// history returns the steps of an image, or nil where they do not tell which of
// its layers each one made.
func history(config *v1.ConfigFile) []Step {
	steps := make([]Step, 0, len(config.History))
	layers := config.RootFS.DiffIDs
	for _, h := range config.History {
		s := Step{CreatedBy: h.CreatedBy}
		if !h.EmptyLayer {
			if len(layers) == 0 {
				return nil
			}
			s.Layer, layers = layers[0], layers[1:]
		}
		steps = append(steps, s)
	}
	if len(layers) > 0 {
		return nil
	}
	return steps
}

// A record is what a builder wrote down about one step.
type record struct {
	keyword string // "" where the text does not begin with one
	text    string // behind the keyword, with single blanks
	layer   bool
}

// classic marks the steps of Docker's first builder that ran nothing.
const classic = "/bin/sh -c #(nop) "

// keyword is how the history of BuildKit, and of builders like it, begins.
var keyword = regexp.MustCompile(`^(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR) `)

// parseStep reads the text of BuildKit, Docker's first builder, Buildah or
// Kaniko.
func parseStep(s Step) record {
	text := strings.TrimSuffix(squash(s.CreatedBy), " # buildkit")
	text, nop := strings.CutPrefix(text, classic)
	r := record{layer: s.Layer != v1.Hash{}}
	if m := keyword.FindString(text); m != "" {
		r.keyword, text = strings.TrimSpace(m), text[len(m):]
	} else if !nop && (strings.HasPrefix(text, "/bin/sh -c ") || strings.HasPrefix(text, "|")) {
		r.keyword = "RUN"
	}
	r.text = text
	return r
}

// squash makes every run of white space one blank: builders differ in what they
// leave of continued lines.
func squash(s string) string { return strings.Join(strings.Fields(s), " ") }

// variable is a reference to a variable, which a builder has replaced.
var variable = regexp.MustCompile(`\$(\{[^}]*\}|\w+)`)

// fits reports whether a word of an instruction can have become got. Without a
// variable in it, it has to be the same.
func fits(word, got string) bool {
	pieces := variable.Split(word, -1)
	if len(pieces) == 1 {
		return path.Clean(word) == path.Clean(got)
	}
	rest, ok := strings.CutPrefix(got, pieces[0])
	for _, piece := range pieces[1 : len(pieces)-1] {
		if ok {
			_, rest, ok = strings.Cut(rest, piece)
		}
	}
	return ok && strings.HasSuffix(rest, pieces[len(pieces)-1])
}
