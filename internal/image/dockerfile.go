package image

import (
	"path"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// A dockerfile is a Dockerfile with its path in the tree.
type dockerfile struct {
	path   string
	exists func(name string) bool // whether the tree has a file
	*syntax.File
}

// isDockerfile reports whether a file is called like a Dockerfile.
func isDockerfile(name string) bool {
	file := strings.ToLower(path.Base(name))
	return file == "dockerfile" || file == "containerfile" ||
		strings.HasPrefix(file, "dockerfile.") || strings.HasSuffix(file, ".dockerfile")
}

// readDockerfile reads a file that is called like a Dockerfile, and reports
// whether it has a build stage. What is wrong with it the dockerfile stage
// reports.
func readDockerfile(tree *workspace.Tree, name string) (dockerfile, bool) {
	raw, err := tree.ReadFile(name)
	if err != nil {
		return dockerfile{}, false
	}
	file, err := syntax.Parse(raw)
	return dockerfile{path: name, exists: tree.Exists, File: file}, err == nil && len(file.Stages) > 0
}

// final returns the build stage that is built where none is named.
func (d dockerfile) final() *syntax.BuildStage { return d.Stages[len(d.Stages)-1] }

// from returns the FROM that a build stage comes from. Where the stage starts
// from an earlier one, it is the FROM of the earlier one, which names the image
// that has to change.
func (d dockerfile) from(stage *syntax.BuildStage) gate.Location {
	stages := lineage(stage)
	root := stages[0].From
	return d.locate(root, "FROM "+root.Args[0].Value)
}

// maxObject is the length of the longest instruction that is named whole.
const maxObject = 80

// locate returns the place of an instruction.
func (d dockerfile) locate(in *syntax.Instruction, object string) gate.Location {
	if runes := []rune(object); len(runes) > maxObject {
		object = string(runes[:maxObject-1]) + "…"
	}
	return gate.Location{Path: d.path, Range: d.Range(in.Span), Object: object}
}

// lineage returns the build stages that a stage consists of: the one that
// starts from an image first, the stage itself last.
func lineage(stage *syntax.BuildStage) []*syntax.BuildStage {
	var stages []*syntax.BuildStage
	for s := stage; s != nil; s = s.Base {
		stages = append(stages, s)
	}
	slices.Reverse(stages)
	return stages
}
