package lockfile

import (
	"cmp"
	"path"
	"regexp"
	"strings"
)

// maven reads pom.xml: what it depends on, then what it only gives a version. A
// version may be that of another element of the same file.
func maven(root *node) []Entry {
	p := project{properties: map[string]string{}, own: texts(root), parent: texts(root.get("parent")), managed: map[string]string{}}
	for _, property := range root.get("properties").kids {
		p.properties[property.key] = property.text
	}
	sections := append([]*node{root}, root.get("profiles").all("profile")...)
	var management []Entry
	for _, section := range sections {
		for _, d := range section.get("dependencyManagement", "dependencies").all("dependency") {
			e := p.entry(d)
			p.managed[e.Name] = e.Version
			management = append(management, e)
		}
	}
	var entries []Entry
	for _, section := range sections {
		for _, d := range section.get("dependencies").all("dependency") {
			e := p.entry(d)
			if e.Version == "" {
				e.Version = p.managed[e.Name]
			}
			entries = append(entries, e)
		}
	}
	self := Entry{Name: p.text("groupId") + ":" + p.text("artifactId"), Version: p.text("version"), At: root.get("artifactId").at}
	return append(append(entries, management...), self)
}

type project struct {
	properties, own, parent map[string]string // own are elements of the project, by key
	managed                 map[string]string // versions, by name
}

// texts are those of the members of a node; of several with a key, the first.
func texts(n *node) map[string]string {
	byKey := map[string]string{}
	for _, kid := range n.kids {
		if _, ok := byKey[kid.key]; !ok {
			byKey[kid.key] = kid.text
		}
	}
	return byKey
}

func (p project) entry(d *node) Entry {
	name := p.expand(d.get("groupId").text) + ":" + p.expand(d.get("artifactId").text)
	version := p.expand(d.get("version").text)
	if strings.Contains(version, "${") || strings.ContainsAny(version, "[(,") {
		version = "" // it is said elsewhere, or not at all
	}
	return Entry{Name: name, Version: version, At: d.get("artifactId").at}
}

// text is an element of the project, or of its parent.
func (p project) text(key string) string { return p.expand(cmp.Or(p.own[key], p.parent[key])) }

var reference = regexp.MustCompile(`\$\{([^${}]+)\}`)

// maxReferences bounds how often one text refers to properties, which may refer to
// others.
const maxReferences = 16

// expand puts in the properties that the file itself defines.
func (p project) expand(text string) string {
	for range maxReferences {
		m := reference.FindStringSubmatchIndex(text)
		if m == nil {
			break
		}
		value := p.value(text[m[2]:m[3]])
		if value == "" || len(value) > maxValue {
			break
		}
		text = text[:m[0]] + value + text[m[1]:]
	}
	return text
}

// maxValue bounds the length of a property, of which names and versions are made.
const maxValue = 1 << 10

// value is that of a property, or of an element of the project.
func (p project) value(key string) string {
	if value := p.properties[key]; value != "" {
		return value
	}
	own, ok := strings.CutPrefix(key, "project.")
	if !ok {
		return ""
	}
	return cmp.Or(p.own[own], p.parent[own])
}

// Parent returns where a pom.xml says that its parent is, as a path from its own
// folder; "" where it has none.
func Parent(text []byte) string {
	root, ok := xmlTree(inUTF8(text))
	if !ok || len(root.get("parent").kids) == 0 {
		return ""
	}
	file := root.get("parent", "relativePath").text
	switch {
	case file == "":
		return "../pom.xml"
	case path.Ext(file) != ".xml":
		return path.Join(file, "pom.xml")
	}
	return file
}
