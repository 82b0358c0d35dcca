package lockfile

import (
	"strings"
)

// pipenv reads Pipfile.lock.
func pipenv(root *node) []Entry {
	var entries []Entry
	for _, section := range root.kids {
		for _, p := range section.kids {
			version := strings.TrimLeft(p.get("version").text, "=")
			if section.key != "_meta" && version != "" {
				entries = append(entries, Entry{Name: p.key, Version: version, At: p.keyAt})
			}
		}
	}
	return entries
}

// composer reads composer.lock.
func composer(root *node) []Entry {
	var entries []Entry
	for _, section := range []string{"packages", "packages-dev"} {
		for _, p := range root.get(section).kids {
			name := p.get("name")
			entries = append(entries, Entry{Name: name.text, Version: p.get("version").text, At: name.at})
		}
	}
	return entries
}

// nugetLock reads packages.lock.json, which has packages by target framework.
func nugetLock(root *node) []Entry {
	var entries []Entry
	for _, framework := range root.get("dependencies").kids {
		for _, p := range framework.kids {
			entries = append(entries, Entry{Name: p.key, Version: p.get("resolved").text, At: p.keyAt})
		}
	}
	return entries
}

// dotnet reads the file that a build of .NET leaves beside a program.
func dotnet(root *node) []Entry {
	var entries []Entry
	for _, library := range root.get("libraries").kids {
		name, version, ok := strings.Cut(library.key, "/")
		if !ok {
			continue
		}
		short := strings.TrimPrefix(name, "runtimepack.")
		at := within(library.keyAt, library.key, len(name)-len(short), len(short))
		entries = append(entries, Entry{Name: short, Version: version, At: at})
	}
	return entries
}

// conan reads conan.lock of both versions, which refer to NAME/VERSION.
func conan(root *node) []Entry {
	var entries []Entry
	add := func(ref *node) {
		plain, _, _ := strings.Cut(ref.text, "#")
		plain, _, _ = strings.Cut(plain, "@")
		if name, version, ok := strings.Cut(plain, "/"); ok {
			entries = append(entries, Entry{Name: name, Version: version, At: within(ref.at, ref.text, 0, len(name))})
		}
	}
	for _, n := range root.get("graph_lock", "nodes").kids {
		add(n.get("ref"))
	}
	for _, section := range []string{"requires", "build_requires", "python_requires"} {
		for _, ref := range root.get(section).kids {
			add(ref)
		}
	}
	return entries
}

// swift reads Package.resolved of every version. A package is called like the
// place of its repository.
func swift(root *node) []Entry {
	pins := root.get("pins").kids
	if len(pins) == 0 {
		pins = root.get("object", "pins").kids
	}
	var entries []Entry
	for _, pin := range pins {
		place := pin.get("location")
		if place.text == "" {
			place = pin.get("repositoryURL")
		}
		name := strings.TrimSuffix(strings.TrimPrefix(place.text, "https://"), ".git")
		version := pin.get("state", "version").text
		if version == "" {
			version = pin.get("state", "branch").text
		}
		entries = append(entries, Entry{Name: name, Version: version, At: part(place.at, place.text, name)})
	}
	return entries
}

// sbt reads build.sbt.lock.
func sbt(root *node) []Entry {
	var entries []Entry
	for _, d := range root.get("dependencies").kids {
		name := d.get("name")
		entries = append(entries, Entry{Name: d.get("org").text + ":" + name.text, Version: d.get("version").text, At: name.at})
	}
	return entries
}

// pub reads pubspec.lock.
func pub(root *node) []Entry {
	var entries []Entry
	for _, p := range root.get("packages").kids {
		entries = append(entries, Entry{Name: p.key, Version: p.get("version").text, At: p.keyAt})
	}
	return entries
}

// pods reads Podfile.lock, whose pods are NAME (VERSION), with or without a list
// of what they need.
func pods(root *node) []Entry {
	var entries []Entry
	add := func(text string, at *node) {
		name, version, ok := strings.Cut(text, " (")
		if ok {
			entries = append(entries, Entry{Name: name, Version: strings.TrimRight(version, ")"), At: within(at.keyAt, text, 0, len(name))})
		}
	}
	for _, pod := range root.get("PODS").kids {
		add(pod.text, &node{keyAt: pod.at})
		for _, needing := range pod.kids {
			add(needing.key, needing)
		}
	}
	return entries
}

// conda reads environment.yml: NAME=VERSION=BUILD, and below pip NAME==VERSION.
func conda(root *node) []Entry {
	var entries []Entry
	add := func(n *node) {
		words := strings.Fields(strings.NewReplacer(">", " >", "<", " <", "=", " ").Replace(n.text))
		if len(words) == 0 {
			return
		}
		e := Entry{Name: words[0], At: part(n.at, n.text, words[0])}
		if len(words) > 1 && !strings.ContainsAny(words[1], "<>") {
			e.Version = words[1]
		}
		entries = append(entries, e)
	}
	for _, d := range root.get("dependencies").kids {
		add(d)
		for _, list := range d.kids {
			for _, p := range list.kids {
				add(p)
			}
		}
	}
	return entries
}

// nugetConfig reads packages.config.
func nugetConfig(root *node) []Entry {
	var entries []Entry
	for _, p := range root.all("package") {
		entries = append(entries, Entry{Name: p.get("id").text, Version: p.get("version").text, At: p.get("id").at})
	}
	return entries
}

// nugetProps reads Directory.Packages.props.
func nugetProps(root *node) []Entry {
	var entries []Entry
	for _, group := range root.all("ItemGroup") {
		for _, p := range group.kids {
			name := p.get("Include")
			if name.text == "" {
				name = p.get("Update")
			}
			if p.key == "PackageReference" || p.key == "PackageVersion" {
				entries = append(entries, Entry{Name: name.text, Version: p.get("Version").text, At: name.at})
			}
		}
	}
	return entries
}
