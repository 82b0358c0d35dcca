package lockfile

import (
	"path"
	"regexp"
	"strings"
)

// maven reads pom.xml: what it depends on, then what it only gives a version. A
// version may be that of another element of the same file.
func maven(root *node) []Entry {
	p := project{root: root, properties: map[string]string{}, managed: map[string]string{}}
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
	self := Entry{Name: p.text(root, "groupId") + ":" + p.text(root, "artifactId"), Version: p.text(root, "version"), At: root.get("artifactId").at}
	return append(append(entries, management...), self)
}

type project struct {
	root                *node
	properties, managed map[string]string // the latter are versions, by name
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
func (p project) text(n *node, key string) string {
	if own := n.get(key).text; own != "" {
		return p.expand(own)
	}
	return p.expand(n.get("parent", key).text)
}

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
	if value := p.root.get(own).text; value != "" {
		return value
	}
	return p.root.get("parent", own).text
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
