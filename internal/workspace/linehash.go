package workspace

import (
	"fmt"
	"strconv"
	"unicode/utf16"
)

// LineHash identifies a line of a file by what stands there and not by its
// number: the hash that GitHub's upload action gives it (see [lineHashes]), so
// that an alert is the same one whoever uploads it. "" where there is no such
// line or the file cannot be read.
func (t *Tree) LineHash(name string, line int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	hashes, ok := t.hashes[name]
	if !ok {
		if len(t.hashes) == maxRemembered {
			clear(t.hashes)
		}
		if b, err := t.ReadFile(name); err == nil {
			hashes = lineHashes(string(b))
		}
		t.hashes[name] = hashes
	}
	if line < 1 || line > len(hashes) {
		return ""
	}
	return hashes[line-1]
}

// GitHub's numbers: a line is known by the 100 characters from its start, as the
// value of a polynomial at 37 modulo 2^64.
const (
	hashedCharacters = 100
	hashBase         = 37
	endOfFile        = 0xFFFF
)

// lineHashes returns the hash of each line of a text. Characters are UTF-16 code
// units; blanks and tabs do not count, every line break is one line feed, and
// behind the end of the text come one mark and zeros. The number behind the
// colon tells lines with the same hash apart, from the top.
func lineHashes(text string) []string {
	units, starts := significant(text)
	var hashes []string
	seen := map[uint64]int{}
	var drop uint64 = 1 // what the oldest character of a full window counts
	for range hashedCharacters {
		drop *= hashBase
	}
	at := func(i int) uint64 {
		if i < len(units) {
			return uint64(units[i])
		}
		return 0
	}
	var hash uint64
	for i, next := 0, 0; next < len(starts); i++ {
		hash = hash*hashBase + at(i)
		first := i - hashedCharacters + 1 // of the window
		if first > 0 {
			hash -= drop * at(first-1)
		}
		if first == starts[next] {
			seen[hash]++
			hashes = append(hashes, fmt.Sprintf("%s:%d", strconv.FormatUint(hash, 16), seen[hash]))
			next++
		}
	}
	return hashes
}

// significant returns the characters of a text that count, and at which of them
// each line begins.
func significant(text string) (units []uint16, starts []int) {
	lineStart, afterReturn := true, false
	add := func(c uint16) {
		if lineStart {
			starts = append(starts, len(units))
		}
		lineStart = c == '\n'
		units = append(units, c)
	}
	for _, c := range utf16.Encode([]rune(text)) {
		skip := c == ' ' || c == '\t' || c == '\n' && afterReturn
		afterReturn = c == '\r'
		switch {
		case skip:
		case c == '\r':
			add('\n')
		default:
			add(c)
		}
	}
	add(endOfFile)
	return units, starts
}
