package dockerfile

import (
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "PC6002",
			Title:       "RUN must not execute what it downloads without a check",
			Severity:    gate.Medium,
			Why:         "Whoever controls the server, or what it serves that day, runs commands in the build; nothing says later what they were.",
			Bad:         "FROM debian:12\nRUN curl -fsSL https://example.com/install.sh | sh\n",
			Good:        "FROM debian:12\nADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/install.sh /tmp/\nRUN sh /tmp/install.sh\n",
			Remediation: "fetch the script with ADD --checksum, or compare its checksum before it runs",
			Controls:    []string{"cis-docker-4.11", "nist-sp-800-190-4.1.1"},
			URL:         "https://docs.docker.com/reference/dockerfile/#add---checksum",
		},
		check: executedDownloads,
	})
}

func executedDownloads(p *pass) {
	for in := range p.each("RUN") {
		if in.Script == nil {
			continue
		}
		fetch := substitutedDownload(in.Script)
		for _, nested := range []bool{false, true} {
			if fetch == nil {
				fetch = pipedDownload(in.Script, nested)
			}
		}
		if fetch != nil {
			p.report(in, fetch.Span, "what %q downloads is executed as it comes", shorten(fetch.String()))
		}
	}
}

// pipedDownload returns the first download whose pipe ends in an interpreter,
// on one level of the script.
func pipedDownload(script *syntax.Script, nested bool) *syntax.Command {
	var pipes []int // where they begin
	for _, pipe := range script.Pipes {
		if pipe.Nested == nested {
			pipes = append(pipes, pipe.Span.Start)
		}
	}
	slices.Sort(pipes)
	var fetch *syntax.Command
	end := 0 // of the command before
	for i := range script.Commands {
		c := &script.Commands[i]
		if c.Nested != nested || c.Span.Start < end {
			continue // on the other level, or in an argument of the command before
		}
		next, _ := slices.BinarySearch(pipes, end)
		piped := next < len(pipes) && pipes[next] < c.Span.Start
		switch {
		case piped && fetch != nil && executesInput(c.Words):
			return fetch
		case piped:
		case downloads(*c):
			fetch = c
		default:
			fetch = nil
		}
		end = c.Span.End
	}
	return nil
}

// substitutedDownload returns the first download that stands in an argument of
// a shell: bash <(curl …), sh -c "$(curl …)", eval "$(curl …)".
func substitutedDownload(script *syntax.Script) *syntax.Command {
	for i, c := range script.Commands {
		words := unwrap(c.Words)
		if !slices.Contains(shells, program(words[0])) && !slices.Contains([]string{"eval", "source", "."}, words[0].Value) {
			continue
		}
		words = slices.DeleteFunc(slices.Clone(words[1:]), func(w syntax.Word) bool {
			return !strings.HasPrefix(w.Value, "<(") && !strings.HasPrefix(w.Value, "$(") && !strings.HasPrefix(w.Value, "`")
		})
		for j := i + 1; j < len(script.Commands) && script.Commands[j].Span.Start < c.Span.End; j++ {
			inner := &script.Commands[j]
			within := func(w syntax.Word) bool { return w.Span.Start < inner.Span.Start && inner.Span.End < w.Span.End }
			if downloads(*inner) && slices.ContainsFunc(words, within) {
				return inner
			}
		}
	}
	return nil
}

// curlValued are flags of curl that take a value.
var curlValued = strings.Fields("X H d u A o e F x m C T U b c D E K r t w y Y z output")

// downloads reports whether a command writes what it fetches to its output.
func downloads(c syntax.Command) bool {
	stdout := func(o syntax.Option) bool { return o.Value == "-" || o.Value == "/dev/stdout" }
	switch c.Program() {
	case "curl":
		return !slices.ContainsFunc(c.Options(curlValued...), func(o syntax.Option) bool {
			return slices.Contains([]string{"o", "output"}, o.Name) && !stdout(o) || o.Name == "O" || o.Name == "remote-name"
		})
	case "wget":
		return slices.ContainsFunc(c.Options("O", "output-document"), func(o syntax.Option) bool {
			return (o.Name == "O" || o.Name == "output-document") && stdout(o)
		})
	}
	return false
}

var (
	shells    = []string{"sh", "bash", "ash", "dash", "zsh", "ksh"}
	languages = []string{"python", "python2", "python3", "perl", "ruby", "node", "php"}
)

// program is the name of a program without its folder.
func program(w syntax.Word) string { return w.Value[strings.LastIndexByte(w.Value, '/')+1:] }

// unwrap leaves out sudo and the like, with their flags and assignments.
func unwrap(words []syntax.Word) []syntax.Word {
	for len(words) > 1 && slices.Contains([]string{"sudo", "env", "exec", "command", "nice", "time"}, program(words[0])) {
		words = words[1:]
		for len(words) > 1 && (strings.HasPrefix(words[0].Value, "-") || strings.Contains(words[0].Value, "=")) {
			words = words[1:]
		}
	}
	return words
}

// executesInput reports whether a command is an interpreter that reads its
// program from its input.
func executesInput(words []syntax.Word) bool {
	words = unwrap(words)
	program := program(words[0])
	instead := "c" // flags whose argument is the program, or names it
	if slices.Contains(languages, program) {
		instead = "cmepnr"
	} else if !slices.Contains(shells, program) {
		return false
	}
	for i := 1; i < len(words); i++ {
		switch w := words[i].Value; {
		case w == "-", w == "/dev/stdin":
			return true
		case strings.HasPrefix(w, "--"):
		case !strings.HasPrefix(w, "-"):
			return false // the program is a file
		case strings.ContainsAny(w, instead):
			return false
		case strings.HasSuffix(w, "s"):
			return true
		case strings.HasSuffix(w, "o"):
			i++
		}
	}
	return true
}
