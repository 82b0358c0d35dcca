package runner

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// What the runner keeps of a step.
const (
	perLevel      = 10
	messageLength = 4096 // UTF-16 code units
)

// A Step is what the runner made of the output of a step.
type Step struct {
	Commands    []Command    // all that were obeyed, in order
	Plain       []string     // the lines that are just text
	Annotations []Annotation // kept
	Dropped     int          // annotations above the limit of their level
	Masks       []string
	Stopped     bool // commands were stopped and not resumed
}

// An Annotation is a remark as GitHub gets it. Lines and columns that the runner
// drops are 0.
type Annotation struct {
	Level, Title, File, Message      string
	Line, EndLine, Column, EndColumn int
	Cut                              bool // the message was longer than the runner keeps
}

// Read reads the output of a step.
func Read(output string) Step {
	var s Step
	stop := ""
	known := func(name string) bool { return commands[name] || stop != "" && name == strings.ToLower(stop) }
	kept := map[string]int{}
	for _, line := range Lines(output) {
		c, ok := parseLine(line, known)
		switch {
		case stop != "" && (!ok || c.Name != strings.ToLower(stop)), !ok:
			s.Plain = append(s.Plain, line)
			continue
		case stop != "":
			stop, s.Stopped = "", false
			continue
		case c.Name == "stop-commands" && c.Data != "" && !commands[strings.ToLower(c.Data)] && c.Data != "pause-logging":
			stop, s.Stopped = c.Data, true
		case c.Name == "add-mask":
			s.Masks = append(s.Masks, c.Data)
		case c.Name == "error", c.Name == "warning", c.Name == "notice":
			if kept[c.Name]++; kept[c.Name] > perLevel {
				s.Dropped++
				break
			}
			s.Annotations = append(s.Annotations, annotate(c))
		}
		s.Commands = append(s.Commands, c)
	}
	return s
}

// annotate is the annotation that a command makes.
func annotate(c Command) Annotation {
	number := func(key string) int {
		n, err := strconv.Atoi(c.Properties[key])
		if err != nil {
			return 0
		}
		return n
	}
	a := Annotation{
		Level: c.Name, Title: c.Properties["title"], File: c.Properties["file"], Message: c.Data,
		Line: number("line"), EndLine: number("endline"), Column: number("col"), EndColumn: number("endcolumn"),
	}
	a.validate()
	if units := utf16.Encode([]rune(a.Message)); len(units) > messageLength {
		a.Message, a.Cut = string(utf16.Decode(units[:messageLength])), true
	}
	return a
}

// validate drops lines and columns as the runner's ValidateLinesAndColumns does.
func (a *Annotation) validate() {
	if a.Line == 0 {
		a.Line = a.EndLine
	}
	if a.Column == 0 {
		a.Column = a.EndColumn
	}
	if a.Line == 0 {
		a.Column, a.EndColumn = 0, 0
	}
	if a.EndLine != 0 && a.Line != a.EndLine {
		a.Column, a.EndColumn = 0, 0
	}
	if a.EndLine != 0 && a.EndLine < a.Line {
		a.Line, a.EndLine = 0, 0
	}
	if a.EndColumn != 0 && a.EndColumn < a.Column {
		a.Column, a.EndColumn = 0, 0
	}
}
