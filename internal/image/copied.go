package image

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A crossing is a COPY --from of a build stage. What it brought was made by an
// instruction of that stage, of which an image has no history.
type crossing struct {
	file dockerfile
	in   *syntax.Instruction
}

// builders are the programs that bring the packages of an ecosystem; "" stands
// for those of the operating system.
var builders = map[string][]string{
	"":         {"apk", "apt", "apt-get", "dnf", "dpkg", "microdnf", "rpm", "tdnf", "yum", "zypper", "debootstrap"},
	"cargo":    {"cargo"},
	"composer": {"composer"},
	"go":       {"go", "make", "ko"},
	"maven":    {"mvn", "mvnw", "gradle", "gradlew", "sbt"},
	"npm":      {"npm", "yarn", "pnpm", "bun"},
	"nuget":    {"dotnet", "nuget"},
	"pip":      {"pip", "pip3", "python", "python3", "uv", "poetry", "pipenv"},
	"rubygems": {"bundle", "gem"},
}

// trace returns the instruction of another build stage that made what a
// COPY --from brought, as far as its text tells; ok is false where it does not.
func (c *crossing) trace(s Subject) (at gate.Location, ok bool) {
	made := ""
	if s.Ecosystem != "" || s.File != "" {
		made = path.Join("/", s.File)
	}
	in := c.in
	for range len(c.file.Stages) {
		stage := c.file.source(in)
		if stage == nil {
			break
		}
		if made != "" {
			if made, ok = c.file.arrives(in, made); !ok {
				return gate.Location{}, false
			}
		}
		if in = c.file.maker(stage, made, s); in == nil {
			return gate.Location{}, false
		}
		at, ok = c.file.locate(in, in.Text), true
		if s.Package == "stdlib" && s.Ecosystem == "go" {
			at = c.file.from(stage) // the compiler decides, and the image has it
		}
	}
	at.Precision = gate.Inferred
	return at, ok
}

// source returns the build stage that an instruction copies from, or nil.
func (d dockerfile) source(in *syntax.Instruction) *syntax.BuildStage {
	flag, ok := in.Flag("from")
	if !ok || in.Stage == nil {
		return nil
	}
	before := d.Stages[:in.Stage.Index]
	for _, s := range slices.Backward(before) {
		if s.Name != "" && s.Name == strings.ToLower(flag.Value) {
			return s
		}
	}
	if n, err := strconv.Atoi(flag.Value); err == nil && n >= 0 && n < len(before) {
		return before[n]
	}
	return nil
}

// workdir returns the working directory of an instruction, as far as its build
// stage and those below it set one.
func (d dockerfile) workdir(in *syntax.Instruction) string {
	dir := "/"
	for _, s := range lineage(in.Stage) {
		for _, i := range s.Instructions {
			if i == in {
				return dir
			}
			if i.Keyword == "WORKDIR" && len(i.Args) == 1 {
				dir = within(dir, i.Args[0].Value)
			}
		}
	}
	return dir
}

// within joins paths as a shell does: a whole one stands for itself.
func within(dir, name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(dir, name)
}

// arrives returns what a COPY or ADD made a file of; ok is false where the file
// is not of it. Its sources are whole paths of a build stage.
func (d dockerfile) arrives(in *syntax.Instruction, made string) (from string, ok bool) {
	if len(in.Args) < 2 {
		return "", false
	}
	target := in.Args[len(in.Args)-1].Value
	folder := strings.HasSuffix(target, "/") || target == "." || len(in.Args) > 2
	target = within(d.workdir(in), target)
	var below string
	switch rest, under := strings.CutPrefix(made, strings.TrimSuffix(target, "/")+"/"); {
	case under:
		below, folder = rest, true
	case !fits(target, made) || folder:
		return "", false
	}
	for _, word := range in.Args[:len(in.Args)-1] {
		source := path.Join("/", word.Value)
		base, first := path.Base(source), strings.SplitN(below, "/", 2)[0]
		match, _ := path.Match(variable.ReplaceAllString(base, "*"), first)
		switch {
		case !folder:
			return source, true
		case match && base != "/":
			return path.Join(path.Dir(source), below), true
		case len(in.Args) == 2 && !strings.ContainsAny(base, "*?["):
			return path.Join(source, below), true // what is in a folder is copied without it
		}
	}
	return "", false
}

// maker returns the instruction of a build stage that made a file, or brought a
// package: the last RUN that names the file or its folder, else the last one that
// runs what brings such packages, else the last COPY that covers the file, else
// the last RUN where it works in the file's folder, or is the only one.
func (d dockerfile) maker(stage *syntax.BuildStage, made string, s Subject) *syntax.Instruction {
	var all, runs []*syntax.Instruction
	for _, b := range lineage(stage) {
		all = append(all, b.Instructions...)
	}
	slices.Reverse(all)
	for _, in := range all {
		if in.Keyword == "RUN" && !in.Refused {
			runs = append(runs, in)
		}
	}
	for _, in := range runs {
		if d.mentions(in, made, s) {
			return in
		}
	}
	for _, in := range runs {
		if runsAny(in, builders[s.Ecosystem]) {
			return in
		}
	}
	for _, in := range all {
		if made == "" || in.Keyword != "COPY" && in.Keyword != "ADD" || in.Refused {
			continue
		}
		if from, ok := d.arrives(in, made); ok && (d.source(in) != nil || d.inContext(from)) {
			return in
		}
	}
	if len(runs) == 1 || len(runs) > 0 && made != "" && d.workdir(runs[0]) != "/" && strings.HasPrefix(made, d.workdir(runs[0])+"/") {
		return runs[0]
	}
	return nil
}

// inContext reports whether the tree has a file where the build context may be:
// beside the Dockerfile, or at the root.
func (d dockerfile) inContext(name string) bool {
	name = strings.TrimPrefix(name, "/")
	return d.exists(path.Join(path.Dir(d.path), name)) || d.exists(name)
}

// mentions reports whether a RUN names a file or its folder, or a package of the
// operating system.
func (d dockerfile) mentions(in *syntax.Instruction, made string, s Subject) bool {
	texts := d.runTexts(in)
	text := strings.ReplaceAll(texts[len(texts)-1], " ./", " ")
	var names []string
	if made == "" {
		names = []string{s.Package}
	} else {
		names = []string{made}
		if dir := path.Dir(made); dir != "/" {
			names = append(names, dir, dir+"/")
		}
		if below, ok := strings.CutPrefix(made, strings.TrimSuffix(d.workdir(in), "/")+"/"); ok {
			names = append(names, below)
		}
	}
	return slices.ContainsFunc(names, func(name string) bool {
		start, end := word(text, name)
		return name != "" && start < end
	})
}

// brings are the words with which a program of builders brings packages; anyWord
// are programs that have words of their own.
var (
	brings = []string{
		"add", "build", "ci", "get", "i", "install", "package", "pip", "publish", "require", "restore", "sync", "update", "upgrade",
	}
	anyWord = []string{"debootstrap", "dpkg", "gradle", "gradlew", "make", "mvn", "mvnw", "python", "python3", "rpm", "sbt"}
)

// runsAny reports whether a RUN brings packages with one of these programs.
func runsAny(in *syntax.Instruction, programs []string) bool {
	return in.Script != nil && slices.ContainsFunc(in.Script.Commands, func(c syntax.Command) bool {
		program, words := path.Base(c.Program()), c.Operands()
		return slices.Contains(programs, program) &&
			(len(words) == 0 || slices.Contains(anyWord, program) || slices.Contains(brings, words[0].Value))
	})
}
