package image

import (
	"slices"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

// maxCompared bounds the instructions and the steps that are compared: each
// with each.
const maxCompared = 512

// A pairing says which instruction of a Dockerfile made which step of an image.
type pairing struct {
	file    dockerfile
	stage   *syntax.BuildStage // that the image was built from
	made    []int              // for each step an index into expect, or -1
	guessed []bool             // made says so by its place, and not by the text
	expect  []expected
	records []record

	score   int
	missing int // instructions that write files and that no step was made by
}

// pair finds the build stage that the steps come from: the one with the most in
// common, as somebody may have built with --target. The first file wins where
// several have as much. ok is false where not one step that made a layer is
// recognised; sure is false where another place is as likely.
func pair(files []dockerfile, steps []Step) (best pairing, ok, sure bool) {
	steps = steps[max(0, len(steps)-maxCompared):]
	records := make([]record, len(steps))
	for i, s := range steps {
		records[i] = parseStep(s)
	}
	for _, f := range files {
		for _, stage := range slices.Backward(f.Stages) {
			p := align(f, stage, records)
			switch {
			case p.score < similar:
			case !ok || p.score-p.missing > best.score-best.missing:
				best, ok, sure = p, true, true
			case p.score-p.missing == best.score-best.missing && p.file.path != best.file.path:
				sure = false
			}
		}
	}
	if ok {
		best.guess()
	}
	return best, ok, sure
}

// align finds the instructions of a build stage, and of those that it starts
// from, in the history, both in their order. What fits in several places is
// found in the last one: a base image has the older steps.
func align(file dockerfile, stage *syntax.BuildStage, records []record) pairing {
	p := pairing{file: file, stage: stage, records: records}
	for _, s := range lineage(stage) {
		for _, in := range s.Instructions {
			if in.Keyword != "FROM" && !in.Refused && len(p.expect) < maxCompared {
				p.expect = append(p.expect, file.expect(in))
			}
		}
	}
	n, m := len(p.expect), len(records)
	fit, score := table(n, m), table(n+1, m+1)
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			fit[i][j] = p.expect[i].compare(records[j])
			score[i][j] = max(score[i+1][j], score[i][j+1])
			if fit[i][j] > 0 {
				score[i][j] = max(score[i][j], score[i+1][j+1]+fit[i][j])
			}
		}
	}
	p.score = score[0][0]
	p.made, p.guessed = slices.Repeat([]int{-1}, m), make([]bool, m)
	for i, j := 0, 0; i < n && j < m; {
		switch score[i][j] {
		case score[i][j+1]:
			j++
		case score[i+1][j]:
			i++
		default:
			p.made[j] = i
			i, j = i+1, j+1
		}
	}
	for i, e := range p.expect {
		if e.writes() && !slices.Contains(p.made, i) {
			p.missing++
		}
	}
	return p
}

func table(n, m int) [][]int {
	rows := make([][]int, n)
	for i := range rows {
		rows[i] = make([]int, m)
	}
	return rows
}

// guess gives the steps that made a layer, and that no text tells about, to the
// instructions between the same neighbours, where there are as many. In front
// of the first neighbour the base image has steps too: the last ones count.
func (p *pairing) guess() {
	lastIn, lastStep := -1, -1
	for j := range len(p.made) + 1 {
		i := len(p.expect)
		if j < len(p.made) {
			if i = p.made[j]; i < 0 || !p.expect[i].writes() {
				continue
			}
		}
		var ins, steps []int
		for k := lastIn + 1; k < i; k++ {
			if p.expect[k].writes() && !slices.Contains(p.made, k) {
				ins = append(ins, k)
			}
		}
		for k := lastStep + 1; k < j; k++ {
			if p.made[k] < 0 && p.records[k].layer {
				steps = append(steps, k)
			}
		}
		if lastStep < 0 && len(steps) > len(ins) {
			steps = steps[len(steps)-len(ins):]
		}
		p.fill(ins, steps)
		lastIn, lastStep = i, j
	}
}

// fill pairs instructions with steps one by one, if their keywords allow it.
func (p *pairing) fill(ins, steps []int) {
	if len(ins) != len(steps) {
		return
	}
	for n, k := range steps {
		if word := p.records[k].keyword; word != "" && word != p.expect[ins[n]].Keyword {
			return
		}
	}
	for n, k := range steps {
		p.made[k], p.guessed[k] = ins[n], true
	}
}

// An Origin is the line that brought a layer into an image.
type Origin struct {
	gate.Location
	// Inherited says that the line is a FROM: the layer is the base image's.
	Inherited bool
	// Base is what the FROM names, of a layer that is inherited.
	Base string

	copied *crossing // the line is a COPY --from of a build stage
}

// Copied reports whether the layer came from another build stage.
func (o Origin) Copied() bool { return o.copied != nil }

// origins returns the origin of each layer. It is exact where all that writes
// files, in the Dockerfile and on top of the base image, was recognised by what
// the builder wrote, and no other Dockerfile says the same.
func (p pairing) origins(steps []Step, sure bool) map[string]Origin {
	steps = steps[max(0, len(steps)-maxCompared):]
	own := slices.IndexFunc(p.made, func(i int) bool { return i >= 0 && p.expect[i].writes() })
	precision := gate.Exact
	for j, i := range p.made {
		if j >= own && p.records[j].layer && (i < 0 || p.guessed[j]) {
			precision = gate.Inferred
		}
	}
	if p.missing > 0 || !sure {
		precision = gate.Inferred
	}
	origins := map[string]Origin{}
	for j, s := range steps {
		if !p.records[j].layer {
			continue
		}
		o := Origin{Location: p.file.from(p.stage), Inherited: true, Base: p.file.Expand(lineage(p.stage)[0].From.Args[0].Value)}
		o.Precision = precision
		switch i := p.made[j]; {
		case i >= 0 && j >= own:
			in := p.expect[i].Instruction
			o = Origin{Location: p.file.locate(in, in.Text)}
			if p.file.source(in) != nil {
				o.copied = &crossing{file: p.file, in: in}
			}
			o.Precision = precision
			if p.guessed[j] {
				o.Precision = gate.Fallback
			}
		case j > own:
			o.Precision, o.Inherited, o.Base = gate.Fallback, false, ""
		}
		origins[s.Layer.String()] = o
	}
	return origins
}
