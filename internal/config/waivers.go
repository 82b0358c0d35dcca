package config

import (
	"go.yaml.in/yaml/v3"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/waiver"
)

// WaiversFile is where waivers are looked for if portcullis.yaml names no file.
const WaiversFile = ".portcullis/waivers.yaml"

// waivers is the form of a file of waivers.
type waivers struct {
	Version int          `yaml:"version"`
	Waivers []waiverItem `yaml:"waivers"`
}

type waiverItem struct {
	Rule     string          `yaml:"rule"`
	Paths    []string        `yaml:"paths"`
	Images   []string        `yaml:"images"`
	Packages []waiverPackage `yaml:"packages"`
	Reason   string          `yaml:"reason"`
	Owner    string          `yaml:"owner"`
	From     string          `yaml:"from"`
	Expires  string          `yaml:"expires"`
}

type waiverPackage struct {
	PURL    string `yaml:"purl"`
	Name    string `yaml:"name"`
	Version string `yaml:"version"`
}

// ParseWaivers reads a file of waivers as strictly as [Parse] reads the
// configuration, and says of each where it stands. What a waiver says is not
// checked: see [waiver.New]. Name is used in errors, which are of type [*Error].
func ParseWaivers(name string, data []byte) ([]waiver.Waiver, error) {
	d, err := parse(name, data)
	if err != nil || d.root == nil {
		return nil, err
	}
	var file waivers
	if failures := strict(d, &file); len(failures) > 0 {
		return nil, &Error{Failures: failures}
	}
	if err := d.root.Decode(&file); err != nil {
		return nil, syntaxError(name, err)
	}
	if file.Version != 1 {
		return nil, &Error{Failures: []gate.Failure{d.failure(key("version"), "write `version: 1`", "want 1")}}
	}
	var all []waiver.Waiver
	var failures []gate.Failure
	for i, n := range d.items("waivers") {
		if n.Kind != yaml.MappingNode { // null, which the library would leave out
			failures = append(failures, d.at(n, "waivers: an item says nothing", "remove it"))
			continue
		}
		w := file.Waivers[i-len(failures)].waiver()
		w.At, w.Keys = d.keys(n)
		all = append(all, w)
	}
	if len(failures) > 0 {
		return nil, &Error{Failures: failures}
	}
	return all, nil
}

// items returns the items of a list; none if it is not there.
func (d document) items(keys ...string) []*yaml.Node {
	if n := d.node(keys...); n != nil {
		return n.Content
	}
	return nil
}

func (i waiverItem) waiver() waiver.Waiver {
	w := waiver.Waiver{
		Rule: i.Rule, Paths: i.Paths, Images: i.Images, Reason: i.Reason, Owner: i.Owner, From: i.From, Expires: i.Expires,
	}
	for _, p := range i.Packages {
		w.Packages = append(w.Packages, waiver.Package{PURL: p.PURL, Name: p.Name, Version: p.Version})
	}
	return w
}

// keys says where a mapping and the values of its keys stand.
func (d document) keys(n *yaml.Node) (gate.Location, map[string]gate.Range) {
	at := func(n *yaml.Node) gate.Range { return gate.Range{Line: n.Line, Column: n.Column} }
	ranges := map[string]gate.Range{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		ranges[n.Content[i].Value] = at(n.Content[i+1])
	}
	return gate.Location{Path: d.name, Range: at(n)}, ranges
}
