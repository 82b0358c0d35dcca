package kustomize

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// engine is held while Kustomize runs: it keeps its schema for the process.
var engine sync.Mutex

const grace = 2 * time.Second

// build renders a kustomization.
func (j *job) build(ctx context.Context, root *plan) (manifest.Text, error) {
	edited, kept, err := root.withOrigins()
	if err != nil {
		return manifest.Text{}, err
	}
	f := &files{ctx: ctx, job: j, edit: map[string][]byte{root.file: edited}}
	resources, err := run(ctx, f, path.Join(mount, root.dir))
	var check *gate.CheckError
	switch {
	case errors.As(f.failed, &check):
		return manifest.Text{}, f.failed
	case f.failed != nil:
		return manifest.Text{}, fault(root.file, 1, f.failed, "")
	case err != nil:
		return manifest.Text{}, root.located(err)
	}
	text := manifest.Text{Path: root.file + " (rendered)", File: root.file, Variant: root.dir}
	t := &tracer{job: j, root: root}
	for i, r := range resources.Resources() {
		origin, err := r.GetOrigin()
		if err != nil {
			return text, root.located(err)
		}
		one := resource{kind: r.GetKind(), name: r.GetName()}
		if origin != nil && origin.Path != "" {
			one.file, _ = inside(root.dir, origin.Path)
		} else if origin != nil && origin.ConfiguredIn != "" {
			one.generator, _ = inside(root.dir, origin.ConfiguredIn)
		}
		t.resources = append(t.resources, one)
		if !kept {
			if err := r.SetOrigin(nil); err != nil {
				return text, root.located(err)
			}
		}
		data, err := r.AsYAML()
		if err != nil {
			return text, root.located(err)
		}
		if i > 0 {
			text.Data = append(text.Data, "---\n"...)
		}
		text.Data = append(text.Data, data...)
	}
	t.documents = documents(text.Data)
	text.Trace = t.trace
	return text, nil
}

// run calls the engine in a goroutine. One that does not end soon after the
// context is left behind.
func run(ctx context.Context, f *files, dir string) (resmap.ResMap, error) {
	type outcome struct {
		resources resmap.ResMap
		err       error
	}
	done := make(chan outcome, 1)
	go func() {
		engine.Lock()
		defer engine.Unlock()
		var o outcome
		defer func() {
			if v := recover(); v != nil {
				o.err = fmt.Errorf("the engine panics: %v", v)
			}
			done <- o
		}()
		o.resources, o.err = krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(f, dir)
	}()
	select {
	case o := <-done:
		return o.resources, o.err
	case <-ctx.Done():
	}
	select {
	case <-done:
	case <-time.After(grace):
	}
	return nil, context.Cause(ctx)
}

// withOrigins returns the text of a kustomization that asks for annotations
// which say what file each object comes from, and whether it asks for them
// itself.
func (p *plan) withOrigins() (data []byte, kept bool, err error) {
	kept = slices.Contains(p.content.BuildMetadata, types.OriginAnnotations)
	if p.root == nil || p.root.Kind != yaml.MappingNode {
		return nil, kept, fault(p.file, 1, fmt.Errorf("the kustomization is empty"), "")
	}
	if kept {
		data, err = yaml.Marshal(p.root)
		return data, kept, err
	}
	edited := *p.root
	edited.Content = nil
	for i := 0; i+1 < len(p.root.Content); i += 2 {
		if p.root.Content[i].Value != "buildMetadata" {
			edited.Content = append(edited.Content, p.root.Content[i:i+2]...)
		}
	}
	var value yaml.Node
	if err := value.Encode(append(slices.Clone(p.content.BuildMetadata), types.OriginAnnotations)); err != nil {
		return nil, kept, err
	}
	edited.Content = append(edited.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: "buildMetadata"}, &value)
	data, err = yaml.Marshal(&edited)
	return data, kept, err
}

var (
	quotedFile = regexp.MustCompile(`['"]([^'"]+\.(?:ya?ml|json))['"]`)
	mounted    = regexp.MustCompile(regexp.QuoteMeta(mount) + `(?:/|\b)`)
)

// located gives an error of the engine the place that it names, or else the
// kustomization.
func (p *plan) located(err error) error {
	message := strings.Join(strings.Fields(mounted.ReplaceAllString(err.Error(), "")), " ")
	at := gate.Location{Path: p.file, Range: gate.Range{Line: 1}}
	for _, m := range quotedFile.FindAllStringSubmatch(message, -1) {
		for _, below := range p.all() {
			for name := range below.claims {
				if name == m[1] || path.Base(name) == m[1] || strings.HasSuffix(m[1], "/"+name) {
					at.Path = name
				}
			}
		}
	}
	if m := yamlLine.FindStringSubmatch(message); m != nil && at.Path != p.file {
		at.Line, _ = strconv.Atoi(m[1])
	}
	return &gate.CheckError{
		Location: at, Err: fmt.Errorf("rendering the kustomization %s: %s", p.dir, message),
		Hint: "`kustomize build` says more",
	}
}

// documents returns the documents of a file, which is read once. What cannot be
// read has none.
func (j *job) documents(file string) []*yaml.Node {
	j.mu.Lock()
	defer j.mu.Unlock()
	docs, ok := j.parsed[file]
	if !ok {
		if data, err := j.tree.ReadFile(file); err == nil {
			docs = documents(data)
		}
		j.parsed[file] = docs
	}
	return docs
}

// documents returns the documents of a text.
func documents(data []byte) []*yaml.Node {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var all []*yaml.Node
	for {
		var root yaml.Node
		if dec.Decode(&root) != nil {
			return all
		}
		if len(root.Content) > 0 {
			all = append(all, root.Content[0])
		}
	}
}
