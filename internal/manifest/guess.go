package manifest

import (
	"bytes"
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// mightBeManifest is a quick look at the bytes of a file: false is certain. The
// words can be missing from a manifest only if they are written with escapes,
// in base64, or in UTF-16.
func mightBeManifest(data []byte) bool {
	data = withoutNUL(data)
	if bytes.Contains(data, []byte("apiVersion")) && bytes.Contains(data, []byte("kind")) {
		return true
	}
	return escape.Match(data)
}

// onlySyntax reports whether the errors of a file are those of text that is not
// YAML or JSON, rather than ours about what kubectl might well apply.
func onlySyntax(err error) bool {
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var lib *yamlError
		var syntax *jsonError
		if !errors.As(e, &lib) && !errors.As(e, &syntax) {
			return false
		}
	}
	return true
}

// kubectlAccepts reports whether kubectl's decoder gets an object from a file
// that the position index cannot read.
func kubectlAccepts(data []byte) bool {
	values, _ := decode(data, nil, maxDocuments)
	return slices.ContainsFunc(values, func(value any) bool {
		object, _ := value.(map[string]any)
		return object["apiVersion"] != nil && object["kind"] != nil
	})
}

var (
	escape    = regexp.MustCompile(`\\(?:[xuU][0-9A-Fa-f]|\r?\n)|!!binary|!<tag:|%TAG`)
	blockKeys = []*regexp.Regexp{
		regexp.MustCompile(`(?m)^(?:\x{feff})?["']?apiVersion["']?[ \t]*:`),
		regexp.MustCompile(`(?m)^(?:\x{feff})?["']?kind["']?[ \t]*:`),
	}
	flowKeys = []*regexp.Regexp{
		regexp.MustCompile(`["']?apiVersion["']?\s*:`),
		regexp.MustCompile(`["']?kind["']?\s*:`),
	}
)

// looksLikeManifest reports whether a file that cannot be read was meant to be
// a manifest: its text has apiVersion and kind at the top level, as far as that
// can be told without reading it.
func looksLikeManifest(data []byte) bool {
	data = withoutNUL(data)
	keys := blockKeys
	if start := bytes.TrimSpace(data); len(start) > 0 && start[0] == '{' {
		keys = flowKeys
	}
	return !slices.ContainsFunc(keys, func(key *regexp.Regexp) bool { return !key.Match(data) })
}

// withoutNUL makes the ASCII letters of UTF-16 text visible.
func withoutNUL(data []byte) []byte {
	if bytes.IndexByte(data, 0) < 0 {
		return data
	}
	return bytes.ReplaceAll(data, []byte{0}, nil)
}

func isKustomization(name string) bool {
	return slices.Contains([]string{"kustomization.yaml", "kustomization.yml", "Kustomization"}, path.Base(name))
}

// isOverlay reports whether an object is an instruction for Kustomize and not
// one for a cluster.
func isOverlay(o *Object) bool {
	return strings.HasPrefix(o.APIVersion, "kustomize.config.k8s.io/")
}

// charts returns the folders of Helm charts: those with a Chart.yaml and
// templates.
func charts(files []string) []string {
	var dirs []string
	for _, name := range files {
		if path.Base(name) != "Chart.yaml" {
			continue
		}
		templates := path.Join(path.Dir(name), "templates") + "/"
		i, _ := slices.BinarySearch(files, templates)
		if i < len(files) && strings.HasPrefix(files[i], templates) {
			dirs = append(dirs, path.Dir(name))
		}
	}
	return dirs
}

// inChart reports whether a file is a template of a chart: text that becomes a
// manifest only when it is rendered.
func (s scope) inChart(name string) bool {
	return slices.ContainsFunc(s.charts, func(dir string) bool {
		return strings.HasPrefix(name, path.Join(dir, "templates")+"/")
	})
}

// chartNotes says which charts nobody renders.
func (s scope) chartNotes(claimed func(string) bool) []string {
	left := slices.DeleteFunc(slices.Clone(s.charts), func(dir string) bool { return claimed(path.Join(dir, "Chart.yaml")) })
	return Note("Helm charts were left out, their templates are not rendered", left)
}

// templateNames are the endings of files that a program makes manifests of.
var templateNames = regexp.MustCompile(`(?i)\.(?:ya?ml|json)\.[a-z0-9]+$|\.(?:tpl|tmpl|gotmpl|j2|jinja2?|erb|mustache|ytt)$`)

// unread notes the files that nothing reads although they are meant to become
// manifests: those with apiVersion and kind whose names say that they are
// templates, and YAML templates of a chart that has no Chart.yaml.
func (s scope) unread(tree *workspace.Tree, files []string, claimed func(string) bool) []string {
	var named, orphans []string
	for _, name := range files {
		template := templateNames.MatchString(name) && !s.contains(name)
		orphan := hasExtension(name) && path.Base(path.Dir(name)) == "templates"
		if !template && !orphan || !s.wants(name) || claimed(name) || s.inChart(name) {
			continue
		}
		data, err := tree.ReadFile(name)
		switch {
		case err != nil:
		case template && looksLikeManifest(data):
			named = append(named, name)
		case orphan && !mightBeManifest(data) && bytes.Contains(data, []byte("{{")):
			orphans = append(orphans, name)
		}
	}
	return slices.Concat(
		Note("files with apiVersion and kind that nothing reads, they are templates by their names", named),
		Note("templates without a Chart.yaml were left out", orphans))
}

// mayHold reports whether a string that is read from YAML or JSON may be this
// word. A word stands in the text as it is, unless it is written with escapes,
// or decoded because a tag wants it to be.
func mayHold(data []byte, word string) bool {
	return bytes.Contains(data, []byte(word)) || bytes.IndexByte(data, '\\') >= 0 || bytes.IndexByte(data, '!') >= 0
}
