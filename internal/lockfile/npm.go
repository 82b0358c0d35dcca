package lockfile

import (
	"strings"
)

const packageFolder = "node_modules/"

// npm reads package-lock.json. Its packages are members named by their folder;
// before version 2, members of dependencies within dependencies.
func npm(root *node) []Entry {
	packages := root.get("packages").kids
	if len(packages) == 0 {
		return npmDependencies(root, nil)
	}
	var entries []Entry
	for _, p := range packages {
		i := strings.LastIndex(p.key, packageFolder)
		if i < 0 {
			continue
		}
		name := p.key[i+len(packageFolder):]
		at := p.keyAt
		at.Column, at.EndColumn = at.Column-1, at.EndColumn+1 // the key with its quotes
		entries = append(entries, Entry{Name: name, Version: p.get("version").text, At: at})
		if real := p.get("name").text; real != "" && real != name {
			entries = append(entries, Entry{Name: real, Version: p.get("version").text, At: at})
		}
	}
	return entries
}

func npmDependencies(n *node, entries []Entry) []Entry {
	for _, d := range n.get("dependencies").kids {
		at := d.keyAt
		at.Column, at.EndColumn = at.Column-1, at.EndColumn+1
		entries = append(entries, Entry{Name: d.key, Version: d.get("version").text, At: at})
		entries = npmDependencies(d, entries)
	}
	return entries
}

// bun reads bun.lock, in which the first element of a package is NAME@VERSION.
// A second version is named by what needs it: NEEDING/NAME.
func bun(root *node) []Entry {
	var entries []Entry
	for _, p := range root.get("packages").kids {
		if len(p.kids) == 0 {
			continue
		}
		identifier := p.kids[0].text
		i := strings.LastIndex(identifier, "@")
		if i <= 0 {
			continue
		}
		real, version := identifier[:i], identifier[i+1:]
		entries = append(entries, Entry{Name: p.key, Version: version, At: p.keyAt})
		if real != p.key {
			entries = append(entries, Entry{Name: real, Version: version, At: p.keyAt})
		}
	}
	return entries
}

// yarn reads yarn.lock of any version: a line of patterns, NAME@RANGE, begins an
// entry, and its version stands below.
func yarn(text []byte) []Entry {
	var entries []Entry
	var open []Entry // which have no version yet
	lines(text, func(n int, line string) {
		switch {
		case line == "", line[0] == '#':
		case line[0] != ' ' && line[0] != '\t':
			entries = append(entries, open...)
			open = patterns(n, line)
		default:
			key, value, ok := strings.Cut(strings.TrimSpace(line), " ")
			if !ok || strings.Trim(key, `":`) != "version" {
				return
			}
			for _, e := range open {
				e.Version = strings.Trim(value, `" `)
				entries = append(entries, e)
			}
			open = nil
		}
	})
	return append(entries, open...)
}

// patterns returns an entry for each name in a line of patterns.
func patterns(n int, line string) []Entry {
	var entries []Entry
	seen := map[string]bool{}
	offset := 0
	for pattern := range strings.SplitSeq(strings.TrimSuffix(line, ":"), ",") {
		start := offset + len(pattern) - len(strings.TrimLeft(pattern, ` "`))
		offset += len(pattern) + 1
		pattern = strings.Trim(pattern, ` "`)
		i := strings.Index(pattern[min(1, len(pattern)):], "@")
		if i < 0 {
			continue
		}
		name, wanted := pattern[:i+1], pattern[i+2:]
		names := []string{name}
		if alias, ok := strings.CutPrefix(wanted, "npm:"); ok {
			if j := strings.LastIndex(alias, "@"); j > 0 {
				names = append(names, alias[:j])
			}
		}
		for _, name := range names {
			if !seen[name] {
				seen[name] = true
				entries = append(entries, Entry{Name: name, At: span(n, line, start, start+i+1)})
			}
		}
	}
	return entries
}

// pnpm reads pnpm-lock.yaml, whose packages are members named by name and
// version: /NAME/VERSION, from version 6 on /NAME@VERSION, from 9 on NAME@VERSION.
func pnpm(root *node) []Entry {
	major, _, _ := strings.Cut(root.get("lockfileVersion").text, ".")
	var entries []Entry
	for _, p := range root.get("packages").kids {
		start := 0
		if len(major) == 1 && major < "9" {
			start = strings.Index(p.key, "/") + 1 // behind the registry
		}
		key, scope := p.key[start:], 0
		if strings.HasPrefix(key, "@") {
			scope = strings.Index(key, "/") + 1
		}
		separator, peers := "@", "("
		if len(major) == 1 && major < "6" {
			separator, peers = "/", "_"
		}
		i := strings.Index(key[scope:], separator)
		if i < 0 {
			continue
		}
		name := key[:scope+i]
		version, _, _ := strings.Cut(key[scope+i+1:], peers)
		if v := p.get("version").text; v != "" {
			version = v
		}
		e := Entry{Name: name, Version: version, At: within(p.keyAt, p.key, start, len(name))}
		if entries = append(entries, e); p.get("name").text != "" {
			e.Name = p.get("name").text
			entries = append(entries, e)
		}
	}
	return entries
}
