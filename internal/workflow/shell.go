package workflow

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The shells of GitHub's runner, from its ScriptHandlerHelpers.cs: a step that
// names no shell gets "bash -e {0}", where "shell: bash" is
// "bash --noprofile --norc -eo pipefail {0}" and "shell: sh" is "sh -e {0}".
// What has a {0} of its own is run as it stands, without any of these options.

// options are what decides about the exit code of a script.
type options struct {
	errexit  bool // set -e
	pipefail bool
}

// shellOf returns the options with which the script of a step starts, and
// whether it is one of a POSIX shell at all.
func (f *file) shellOf(j job, step *yaml.Node) (options, bool) {
	shell := scalar(step, "shell")
	for _, of := range []*yaml.Node{j.node, f.root} {
		if shell == "" {
			shell = scalar(value(value(of, "defaults"), "run"), "shell")
		}
	}
	switch words := strings.Fields(shell); {
	case shell == "" && onWindows(j): // PowerShell
		return options{}, false
	case shell == "" || shell == "sh":
		return options{errexit: true}, true
	case shell == "bash":
		return options{errexit: true, pipefail: true}, true
	case !isShell(words[0]):
		return options{}, false
	default:
		var o options
		o.set(words[1:])
		return o, true
	}
}

// onWindows reports whether a job names a runner with Windows.
func onWindows(j job) bool {
	node := value(j.node, "runs-on")
	if node == nil {
		return false
	}
	for _, label := range append([]*yaml.Node{node}, node.Content...) {
		if strings.HasPrefix(strings.ToLower(label.Value), "windows") {
			return true
		}
	}
	return false
}

// isShell reports whether a program reads the language of the POSIX shell.
func isShell(program string) bool {
	name := program[strings.LastIndexByte(program, '/')+1:]
	return slices.Contains([]string{"sh", "bash", "ash", "dash", "zsh", "ksh"}, name)
}

// set applies the arguments of a shell, or of its command set.
func (o *options) set(args []string) {
	for i, arg := range args {
		if arg == "--" {
			return
		}
		if len(arg) < 2 || arg[0] != '-' && arg[0] != '+' || strings.HasPrefix(arg, "--") {
			continue
		}
		on := arg[0] == '-'
		if strings.Contains(arg[1:], "e") {
			o.errexit = on
		}
		if strings.HasSuffix(arg, "o") && i+1 < len(args) {
			switch args[i+1] {
			case "errexit":
				o.errexit = on
			case "pipefail":
				o.pipefail = on
			}
		}
	}
}
