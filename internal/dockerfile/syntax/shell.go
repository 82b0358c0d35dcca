package syntax

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// A Shell is the program that runs the shell form of instructions.
type Shell struct {
	Words []string     // empty: the default, /bin/sh -c
	Set   *Instruction // the SHELL instruction; nil when none was
}

// Name returns the shell's program without folder and extension, in lower
// case: "bash", "powershell".
func (s Shell) Name() string {
	if len(s.Words) == 0 {
		return "sh"
	}
	return program(s.Words[0])
}

func program(word string) string {
	return strings.TrimSuffix(strings.ToLower(path.Base(strings.ReplaceAll(word, `\`, "/"))), ".exe")
}

// foreign are programs that take something else than a shell script.
var foreign = []string{"pwsh", "powershell", "cmd", "python", "python2", "python3", "node", "perl", "ruby", "php", "nu", "fish"}

// POSIX reports whether the shell reads the language of the POSIX shell. A
// program that is not known, such as a wrapper, is taken to start one that does.
func (s Shell) POSIX() bool { return !slices.Contains(foreign, s.Name()) }

// interpreter returns the shell itself where a wrapper starts it.
func (s Shell) interpreter() string { return cmp.Or(shellIn(s.Words), s.Name()) }

// Pipefail reports whether the shell makes a pipe fail with any of its
// commands.
func (s Shell) Pipefail() bool {
	able := slices.IndexFunc(s.Words, func(w string) bool {
		return slices.Contains([]string{"bash", "zsh", "ash"}, program(w))
	})
	if able < 0 {
		return false
	}
	for i, w := range s.Words[able:] {
		if option(w) && i > 0 && slices.Contains(s.Words[able+i+1:], "pipefail") {
			return true
		}
	}
	return false
}

// option reports whether a word is a cluster of short flags with an o in it.
func option(w string) bool {
	return strings.HasPrefix(w, "-") && !strings.HasPrefix(w, "--") && strings.Contains(w, "o")
}

// defaultShell is what runs the instructions of a build stage that sets no
// SHELL: what a "# hadolint shell=" comment says, cmd for an image that is
// known to be Windows, or /bin/sh. A file with another escape character is
// written for paths of Windows.
func (f *File) defaultShell(image, pragma string) Shell {
	image = strings.ToLower(f.Expand(image))
	windows := strings.HasPrefix(image, "mcr.microsoft.com/windows") ||
		strings.Contains(image, "nanoserver") || strings.Contains(image, "windowsservercore")
	switch {
	case pragma != "":
		return Shell{Words: strings.Fields(pragma)}
	case windows, f.escape != '\\':
		return Shell{Words: []string{"cmd", "/S", "/C"}}
	}
	return Shell{}
}
