// Package runner reads a step's output as the GitHub Actions runner does, so
// that tests can ask what the runner would have made of it. It is written from
// the runner's observable behaviour: both syntaxes of workflow commands,
// stop-commands, the limits of annotations, and the files of GITHUB_OUTPUT.
//
// Only tests import it.
package runner

import (
	"strings"
	"unicode"
)

// A Command is a workflow command as the runner understood it.
type Command struct {
	Name       string // lower case
	Properties map[string]string
	Data       string
}

// commands are the names that the runner knows.
var commands = map[string]bool{
	"add-mask": true, "add-matcher": true, "add-path": true, "debug": true, "echo": true, "endgroup": true,
	"error": true, "group": true, "internal-set-repo-path": true, "notice": true, "remove-matcher": true,
	"save-state": true, "set-env": true, "set-output": true, "stop-commands": true, "warning": true,
}

// Lines splits output where the runner does: at LF, CR and CRLF.
func Lines(output string) []string {
	output = strings.ReplaceAll(output, "\r\n", "\n")
	output = strings.ReplaceAll(output, "\r", "\n")
	if output = strings.TrimSuffix(output, "\n"); output == "" {
		return nil
	}
	return strings.Split(output, "\n")
}

// parseLine returns the command on a line, if the runner sees one. known tells
// the names of commands.
func parseLine(line string, known func(string) bool) (Command, bool) {
	if c, ok := parseV2(line); ok && known(c.Name) {
		return c, true
	}
	c, ok := parseLegacy(line)
	return c, ok && known(c.Name)
}

// parseV2 parses "::name key=value,key=value::data", alone on a line.
func parseV2(line string) (Command, bool) {
	line, ok := strings.CutPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::")
	if !ok {
		return Command{}, false
	}
	header, data, ok := strings.Cut(line, "::")
	if !ok {
		return Command{}, false
	}
	return parseHeader(header, ",", data, unescape("%0D", "\r", "%0A", "\n"),
		unescape("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ","))
}

// parseLegacy parses "##[name key=value;key=value]data", anywhere in a line.
func parseLegacy(line string) (Command, bool) {
	_, rest, ok := strings.Cut(line, "##[")
	if !ok {
		return Command{}, false
	}
	header, data, ok := strings.Cut(rest, "]")
	if !ok {
		return Command{}, false
	}
	decode := unescape("%3B", ";", "%0D", "\r", "%0A", "\n", "%5D", "]")
	return parseHeader(header, ";", data, decode, decode)
}

// parseHeader parses the name and the properties of a command.
func parseHeader(header, separator, data string, decodeData, decodeValue func(string) string) (Command, bool) {
	name, properties, _ := strings.Cut(header, " ")
	c := Command{Name: strings.ToLower(name), Properties: map[string]string{}, Data: decodeData(data)}
	for pair := range strings.SplitSeq(strings.TrimSpace(properties), separator) {
		key, value, _ := strings.Cut(pair, "=")
		if key != "" && value != "" {
			c.Properties[strings.ToLower(key)] = decodeValue(value)
		}
	}
	return c, name != ""
}

// unescape returns a decoder: the pairs first, the percent sign last.
func unescape(pairs ...string) func(string) string {
	return func(s string) string {
		for i := 0; i < len(pairs); i += 2 {
			s = strings.ReplaceAll(s, pairs[i], pairs[i+1])
		}
		return strings.ReplaceAll(s, "%25", "%")
	}
}
