package workflow

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A file is a workflow.
type file struct {
	path  string // below the workspace
	name  string // below the repository
	local bool
	lines []string
	root  *yaml.Node
	on    *yaml.Node
	jobs  []job
	gates []gateJob
}

// A job is a job of a workflow.
type job struct {
	id    string
	node  *yaml.Node
	steps []*yaml.Node
}

// A gateJob is a job that runs the gate; its steps are those that do, none where
// it calls a workflow that does.
type gateJob struct {
	job
	runs []*yaml.Node
}

// parse reads a workflow.
func parse(text []byte) (file, error) {
	if len(text) > maxWorkflow {
		return file{}, fmt.Errorf("larger than the limit of %d MiB", maxWorkflow>>20)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return file{}, err
	}
	if len(document.Content) == 0 {
		return file{}, errors.New("the workflow is empty")
	}
	root := resolved(document.Content[0])
	f := file{root: root, on: value(root, "on"), lines: strings.Split(string(text), "\n")}
	jobs := value(root, "jobs")
	if f.on == nil || jobs == nil || jobs.Kind != yaml.MappingNode {
		return file{}, errors.New("the workflow has no event or no job")
	}
	for i := 0; i+1 < len(jobs.Content); i += 2 {
		node := resolved(jobs.Content[i+1])
		j := job{id: jobs.Content[i].Value, node: node}
		if steps := value(node, "steps"); steps != nil && steps.Kind == yaml.SequenceNode {
			for _, step := range steps.Content {
				j.steps = append(j.steps, resolved(step))
			}
		}
		f.jobs = append(f.jobs, j)
	}
	return f, nil
}

var (
	usesGate = regexp.MustCompile(`(^|/)portcullis(/[^@]*)?(@|:|$)`)
	runsGate = regexp.MustCompile(`(^|[\s;&|(/"'])portcullis["']?\s+run\b`)
)

// findGates looks for the jobs that run the gate. called are the workflows of
// the repository that are known to.
func (f *file) findGates(called map[string]bool) {
	f.gates = nil
	for _, j := range f.jobs {
		g := gateJob{job: j}
		for _, step := range j.steps {
			uses := scalar(step, "uses")
			if command := scalar(value(step, "with"), "command"); command != "" && command != "run" {
				continue // it checks nothing
			}
			if usesGate.MatchString(uses) || f.local && uses == "./" || runsGate.MatchString(scalar(step, "run")) {
				g.runs = append(g.runs, step)
			}
		}
		if len(g.runs) > 0 || called[scalar(j.node, "uses")] {
			f.gates = append(f.gates, g)
		}
	}
}

// guards reports whether a run of the workflow may decide if a change is merged.
func (f *file) guards() bool {
	for _, event := range []string{"pull_request", "pull_request_target", "merge_group", "workflow_call"} {
		if _, ok := f.event(event); ok {
			return true
		}
	}
	return false
}

// event returns what the workflow says of an event that starts it, and whether
// it names it.
func (f *file) event(name string) (*yaml.Node, bool) {
	switch f.on.Kind {
	case yaml.ScalarNode:
		return nil, f.on.Value == name
	case yaml.SequenceNode:
		for _, n := range f.on.Content {
			if resolved(n).Value == name {
				return nil, true
			}
		}
	case yaml.MappingNode:
		key, v := entry(f.on, name)
		return v, key != nil
	}
	return nil, false
}

// entry returns the key and the value of a mapping that go by a name.
func entry(node *yaml.Node, name string) (key, v *yaml.Node) {
	if node == nil || node.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == name {
			return node.Content[i], resolved(node.Content[i+1])
		}
	}
	return nil, nil
}

func value(node *yaml.Node, name string) *yaml.Node {
	_, v := entry(node, name)
	return v
}

// scalar is the text of a value that is one, else "".
func scalar(node *yaml.Node, name string) string {
	if v := value(node, name); v != nil && v.Kind == yaml.ScalarNode {
		return v.Value
	}
	return ""
}

// resolved is what an alias stands for.
func resolved(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode && node.Alias != nil {
		return node.Alias
	}
	return node
}

// condition is an expression without the braces and blanks around it.
func condition(s string) string {
	s = strings.TrimSpace(s)
	if inner, ok := strings.CutPrefix(s, "${{"); ok {
		if inner, ok = strings.CutSuffix(inner, "}}"); ok && !strings.Contains(inner, "}}") {
			s = inner
		}
	}
	return strings.Join(strings.Fields(s), " ")
}
