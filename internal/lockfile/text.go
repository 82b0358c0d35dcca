package lockfile

import (
	"bytes"
	"regexp"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// tables reads the lock files of Cargo, Poetry, uv and PEP 751, in each of which
// a table of the array "package" or "packages" names one.
func tables(text []byte) []Entry {
	var entries []Entry
	var e *Entry
	assignments(text, func(header string, n int, line, key, value string) {
		switch {
		case key == "" && (header == "[[package]]" || header == "[[packages]]"):
			entries = append(entries, Entry{})
			e = &entries[len(entries)-1]
		case key == "":
			e = nil
		case e != nil && key == "name":
			e.Name = value
			e.At = valueAt(n, line, value)
		case e != nil && key == "version":
			e.Version = value
		}
	})
	needed(text, entries)
	return entries
}

// needed fills in what uv says that a package needs where there are several
// versions of that.
func needed(text []byte, entries []Entry) {
	next := 0 // the first entry that is further down
	lines(text, func(n int, line string) {
		for next < len(entries) && entries[next].At.Line <= n {
			next++
		}
		for _, m := range versionedNeed.FindAllStringSubmatch(line, -1) {
			if next > 0 {
				e := &entries[next-1]
				e.Needs = append(e.Needs, m[1]+" "+m[2])
			}
		}
	})
}

// julia reads Manifest.toml, which has a table for each package: [[deps.NAME]],
// and [[NAME]] before version 2 of the format.
func julia(text []byte) []Entry {
	var entries []Entry
	var e *Entry
	assignments(text, func(header string, n int, line, key, value string) {
		switch {
		case key == "" && strings.HasPrefix(header, "[["):
			name := strings.TrimPrefix(strings.Trim(header, "[]"), "deps.")
			start := strings.Index(line, name)
			entries = append(entries, Entry{Name: name, At: span(n, line, start, start+len(name))})
			e = &entries[len(entries)-1]
		case key == "":
			e = nil
		case e != nil && key == "version":
			e.Version = value
		}
	})
	return entries
}

// assignments calls each for every header of a table, with no key, and for every
// string that is assigned below one, of a TOML document as package tools write it.
func assignments(text []byte, each func(header string, n int, line, key, value string)) {
	var header string
	var until string // the end of a string over several lines
	lines(text, func(n int, line string) {
		trimmed := strings.TrimSpace(line)
		for _, quotes := range []string{`"""`, "'''"} {
			switch odd := strings.Count(line, quotes)%2 == 1; {
			case until == quotes && odd:
				until, trimmed = "", ""
			case until == "" && odd:
				until, trimmed = quotes, ""
			}
		}
		if until != "" || trimmed == "" {
			return
		}
		if trimmed[0] == '[' {
			header, _, _ = strings.Cut(trimmed, "#")
			header = strings.TrimSpace(header)
			each(header, n, line, "", "")
			return
		}
		key, value, ok := strings.Cut(trimmed, "=")
		if value = strings.TrimSpace(value); ok && len(value) > 1 && (value[0] == '"' || value[0] == '\'') {
			value, _, _ = strings.Cut(value[1:], value[:1])
			each(header, n, line, strings.Trim(key, `"' `), value)
		}
	})
}

// valueAt is the range of a value behind the equals sign.
func valueAt(n int, line, value string) gate.Range {
	behind := strings.Index(line, "=")
	start := behind + strings.Index(line[behind:], value)
	return span(n, line, start, start+len(value))
}

// modules reads go.mod: what is required, and what replaces that.
func modules(text []byte) []Entry {
	text = bytes.ReplaceAll(bytes.TrimPrefix(text, []byte("\ufeff")), []byte("\r\n"), []byte("\n"))
	f, err := modfile.ParseLax("go.mod", text, nil)
	if err != nil {
		return nil
	}
	full, err := modfile.Parse("go.mod", text, nil)
	if err == nil {
		f = full // ParseLax leaves the replacements out
	}
	at := map[int]string{}
	lines(text, func(n int, line string) { at[n] = line })
	var entries []Entry
	add := func(name, version string, syntax *modfile.Line, behind string) {
		n := syntax.Start.Line
		from := max(0, strings.Index(at[n], behind))
		if i := strings.Index(at[n][from:], name); i >= 0 {
			entries = append(entries, Entry{Name: name, Version: version, At: span(n, at[n], from+i, from+i+len(name))})
		}
	}
	for _, r := range f.Require {
		add(r.Mod.Path, r.Mod.Version, r.Syntax, "")
	}
	for _, r := range f.Replace {
		add(r.New.Path, r.New.Version, r.Syntax, "=>")
	}
	return entries
}

var (
	gemLine         = regexp.MustCompile(`^ {4}(\S+) \(([^-)]+)[^)]*\)$`)
	gradleLine      = regexp.MustCompile(`^\s*([^:#\s]+):([^:]+):([^=]+)=`)
	mixLine         = regexp.MustCompile(`^\s*"([^"]+)":\s*\{:hex,\s*:[^,]+,\s*"([^"]+)"`)
	mixNeeds        = regexp.MustCompile(`\{:([a-z0-9_]+), "`)
	versionedNeed   = regexp.MustCompile(`\{ ?name = "([^"]+)", version = "([^"]+)"`)
	requirementLine = regexp.MustCompile(`^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*={2,3}\s*([^\s;#\\,]+)`)
)

// matching makes a reader of lines that match a pattern. entry gets the place of
// each submatch as [regexp.Regexp.FindStringSubmatchIndex] returns it.
func matching(pattern *regexp.Regexp, entry func(line string, m []int) (name, version string, from, to int)) reader {
	return func(text []byte) []Entry {
		var entries []Entry
		lines(text, func(n int, line string) {
			if m := pattern.FindStringSubmatchIndex(line); m != nil {
				name, version, from, to := entry(line, m)
				entries = append(entries, Entry{Name: name, Version: version, At: span(n, line, from, to)})
			}
		})
		return entries
	}
}

// gems reads Gemfile.lock. The platform behind a version is left out.
func gems(text []byte) []Entry {
	return matching(gemLine, func(line string, m []int) (name, version string, from, to int) {
		return line[m[2]:m[3]], line[m[4]:m[5]], m[2], m[3]
	})(text)
}

// gradle reads gradle.lockfile: GROUP:NAME:VERSION=CONFIGURATIONS.
func gradle(text []byte) []Entry {
	return matching(gradleLine, func(line string, m []int) (name, version string, from, to int) {
		return line[m[2]:m[5]], line[m[6]:m[7]], m[4], m[5]
	})(text)
}

// requirements reads requirements.txt.
func requirements(text []byte) []Entry {
	return matching(requirementLine, func(line string, m []int) (name, version string, from, to int) {
		return line[m[2]:m[3]], line[m[4]:m[5]], m[2], m[3]
	})(text)
}

// mix reads mix.lock, which says of each package what it needs.
func mix(text []byte) []Entry {
	var entries []Entry
	lines(text, func(n int, line string) {
		m := mixLine.FindStringSubmatchIndex(line)
		if m == nil {
			return
		}
		e := Entry{Name: line[m[2]:m[3]], Version: line[m[4]:m[5]], At: span(n, line, m[2], m[3])}
		for _, needs := range mixNeeds.FindAllStringSubmatch(line[m[5]:], -1) {
			e.Needs = append(e.Needs, needs[1])
		}
		entries = append(entries, e)
	})
	return entries
}
