package scan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/manifest"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// Workloads says that the images of the workloads in a tree are scanned.
type Workloads struct {
	Tree      *workspace.Tree
	Manifests []string // globs, as [manifest.Find] takes them
	// Registries are where images may be fetched from: hosts, or hosts with the
	// beginning of a path. A change under review chooses the names, so nothing
	// else is asked.
	Registries []string
	// Renderers make manifests of charts and overlays.
	Renderers []manifest.Renderer
	// Paths say where objects of other kinds name images, by kind and group
	// ("Rollout.argoproj.io"): "spec.template.spec.containers[].image".
	Paths map[string][]string
}

// A target is an image to scan.
type target struct {
	reference string
	places    []gate.Location // that name it in manifests, in their order; none: it was named otherwise
	needs     []need
	elsewhere bool // in a registry that is not listed
}

// A need is a platform that a workload asks for.
type need struct {
	os, arch string
	at       gate.Location
}

// targets returns what to scan: the images that were named, then those of the
// workloads. The error is about manifests that could not be read.
func (s *Stage) targets(ctx context.Context) ([]target, error) {
	var all []target
	for _, reference := range s.o.Images {
		all = append(all, target{reference: reference})
	}
	if s.o.Workloads == nil {
		return all, nil
	}
	found, err := manifest.Find(ctx, s.o.Workloads.Tree, s.o.Workloads.Manifests, s.o.Workloads.Renderers...)
	errs := []error{err}
	for _, o := range found.Objects {
		all, err = s.o.Workloads.add(all, o)
		errs = append(errs, err)
	}
	for i := range all {
		all[i].trace(&found)
	}
	return all, found.TraceErrors(errors.Join(errs...))
}

// trace leads the places of a target from rendered text to files. Sets of values
// and overlays often name an image at one place.
func (t *target) trace(found *manifest.Found) {
	for i := range t.places {
		t.places[i] = found.Place(t.places[i])
	}
	t.places = slices.Compact(t.places)
	for i := range t.needs {
		t.needs[i].at = found.Place(t.needs[i].at)
	}
	t.needs = slices.Compact(t.needs)
}

// add adds the images of an object. An image that several workloads name is
// one target.
func (w *Workloads) add(all []target, o *manifest.Object) ([]target, error) {
	images, err := w.named(o)
	for _, img := range images {
		place, _ := o.Nearest(img.path...)
		at := gate.Location{Path: o.Path, Range: place, Object: o.String() + " " + img.reference}
		n := slices.IndexFunc(all, func(t target) bool { return t.reference == img.reference && len(t.places) > 0 })
		if n < 0 {
			n = len(all)
			all = append(all, target{reference: img.reference, elsewhere: !w.allowed(img.reference)})
		}
		all[n].places = append(all[n].places, at)
		if img.spec == nil {
			continue
		}
		if wanted, selects := selected(o, img.spec); selects {
			all[n].needs = append(all[n].needs, need{os: wanted.os, arch: wanted.arch, at: at})
		}
	}
	return all, err
}

// selected returns the platform of the nodes that a pod may run on, as far as
// its node selector names it.
func selected(o *manifest.Object, spec []any) (n need, ok bool) {
	selector, _ := value(o.Value, append(slices.Clone(spec), "nodeSelector")).(map[string]any)
	n.os, _ = selector["kubernetes.io/os"].(string)
	n.arch, _ = selector["kubernetes.io/arch"].(string)
	return n, n.os+n.arch != ""
}

// value follows a path into an object; nil where it leads nowhere.
func value(v any, path []any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			fields, _ := v.(map[string]any)
			v = fields[step]
		case int:
			items, _ := v.([]any)
			if step >= len(items) {
				return nil
			}
			v = items[step]
		}
	}
	return v
}

// allowed reports whether an image is in a registry that is listed. What is no
// reference is let through: its error is told when it is parsed.
func (w *Workloads) allowed(reference string) bool {
	ref, err := image.ParseRemote(reference)
	if err != nil {
		return true
	}
	repository, _ := ref.Repository()
	return slices.ContainsFunc(w.Registries, func(entry string) bool {
		entry = strings.TrimSuffix(entry, "/")
		if host, rest, _ := strings.Cut(entry, "/"); host == "docker.io" {
			entry = strings.TrimSuffix("index.docker.io/"+rest, "/")
		}
		return entry != "" && strings.HasPrefix(repository.Name()+"/", entry+"/")
	})
}

// refused returns a finding for each line that names an image of a registry
// that is not listed.
func refused(t target) []gate.Finding {
	var findings []gate.Finding
	for _, at := range t.places {
		findings = append(findings, gate.Finding{
			Rule: registryNotListed.ID, Severity: registryNotListed.Severity, Layer: registryNotListed.Layer,
			Title: registryNotListed.Title, Location: at, Hint: registryNotListed.Remediation,
			Message: fmt.Sprintf("%s was not scanned: its registry is not in scan.registries", t.reference),
		})
	}
	return findings
}

// absent returns a finding for each workload that asks for a platform which the
// image does not have.
func absent(t target, platforms []image.Platform, digest string) []gate.Finding {
	var findings []gate.Finding
	for _, n := range t.needs {
		has := slices.ContainsFunc(platforms, func(p image.Platform) bool {
			parts := append(strings.Split(p.Name, "/"), "")
			return (p.Skipped == "" || p.Skipped == image.LeftOut) && (n.os == "" || n.os == parts[0]) && (n.arch == "" || n.arch == parts[1])
		})
		if has {
			continue
		}
		findings = append(findings, gate.Finding{
			Rule: platformMissing.ID, Severity: platformMissing.Severity, Layer: platformMissing.Layer,
			Title: platformMissing.Title, Location: n.at, Hint: platformMissing.Remediation, Image: digest,
			Message: fmt.Sprintf("%s has no image for %s/%s, which the node selector asks for",
				t.reference, cmp.Or(n.os, "any"), cmp.Or(n.arch, "any")),
		})
	}
	return findings
}
