package workspace

import "strings"

// Line returns line n of a file without its line break, or "" where there is
// none or the file cannot be read.
func (t *Tree) Line(name string, n int) string {
	lines := t.split(name)
	if n < 1 || n > len(lines) {
		return ""
	}
	return lines[n-1]
}

// Lines returns how many lines a file has: 0 where it cannot be read.
func (t *Tree) Lines(name string) int { return len(t.split(name)) }

// Exists reports whether name is a file of the tree that can be read. Excluded
// paths are there too.
func (t *Tree) Exists(name string) bool {
	info, err := t.root.Stat(name) // follows links, inside the root only
	return err == nil && readable(info) == nil
}

// maxRemembered bounds of how many files the lines are kept: findings come one
// file after the other.
const maxRemembered = 16

// split returns the lines of a file, which is read once in a while.
func (t *Tree) split(name string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines, ok := t.lines[name]
	if !ok {
		if len(t.lines) == maxRemembered {
			clear(t.lines)
		}
		if b, err := t.ReadFile(name); err == nil {
			lines = strings.Split(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n")
		}
		t.lines[name] = lines
	}
	return lines
}
