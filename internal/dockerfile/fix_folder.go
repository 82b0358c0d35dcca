package dockerfile

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
)

// systemImages are official images in which nothing sets a WORKDIR, so that
// they start in the root.
var systemImages = []string{
	"scratch", "alpine", "debian", "ubuntu", "busybox", "fedora", "centos", "rockylinux", "almalinux", "amazonlinux", "oraclelinux", "archlinux",
}

// plainPath is a path that is the same to the builder and to a shell.
var plainPath = regexp.MustCompile(`^(?:[A-Za-z0-9_/]|\.[./A-Za-z0-9_])[A-Za-z0-9_./+-]*$|^\.$`)

// folderAt returns the folder that an instruction starts in; "" where the file
// does not tell.
func (p *pass) folderAt(in *syntax.Instruction) string {
	if p.folders == nil {
		p.folders = p.allFolders()
	}
	return p.folders[in]
}

// allFolders returns the folder of every instruction of the build stages.
func (p *pass) allFolders() map[*syntax.Instruction]string {
	folders := map[*syntax.Instruction]string{}
	ends := make([]string, len(p.Stages))
	for _, s := range p.Stages {
		folder := ""
		if s.Base != nil {
			folder = ends[s.Base.Index]
		} else if name, _ := p.officialImage(s); slices.Contains(systemImages, name) {
			folder = "/"
		}
		for _, in := range s.Instructions {
			folders[in] = folder
			if in.Keyword == "WORKDIR" && len(in.Args) > 0 {
				folder = below(folder, strings.Trim(in.Args[0].Raw, `"'`))
			}
		}
		ends[s.Index] = folder
	}
	return folders
}

// maxPath is the length of the longest path that Linux takes.
const maxPath = 4096

// below returns the folder that a path names from another, or "".
func below(folder, to string) string {
	switch {
	case len(folder)+len(to) > maxPath, !plainPath.MatchString(to):
		return ""
	case path.IsAbs(to):
		return path.Clean(to)
	case folder == "":
		return ""
	}
	return path.Join(folder, to)
}

// fixWorkdir makes a relative WORKDIR absolute, where the file tells from which
// folder it goes.
func (p *pass) fixWorkdir(in *syntax.Instruction) {
	if in.Stage == nil || in.Outer != nil {
		return
	}
	if to := below(p.folderAt(in), strings.Trim(in.Args[0].Raw, `"'`)); to != "" {
		p.fix(edit{at: in.Args[0].Span, text: to})
	}
}

// fixFolder makes a WORKDIR of the cd with which a script begins. Instructions
// after it go on in the folder in which they were: another WORKDIR says so,
// unless one follows anyway.
func (p *pass) fixFolder(in *syntax.Instruction, cd syntax.Command) {
	if in.JSON || in.Outer != nil || in.Stage == nil || len(in.Heredocs) > 0 || len(in.Script.Commands) < 2 || len(cd.Words) != 2 {
		return
	}
	next := in.Script.Commands[1]
	between := syntax.Span{Start: cd.Span.End, End: next.Span.Start}
	if cd.Span.Start != in.Arg().Start || between.End < between.Start || strings.Join(strings.Fields(strings.ReplaceAll(p.Text(between), "\\", " ")), " ") != "&&" {
		return
	}
	if slices.ContainsFunc(in.Script.Commands[1:], func(c syntax.Command) bool { return slices.Contains([]string{"cd", "pushd", "popd"}, c.Program()) }) {
		return
	}
	before := p.folderAt(in)
	to := below(before, cd.Words[1].Raw)
	if to == "" || slices.ContainsFunc(in.Mounts(), func(m syntax.Mount) bool { return nested(m.Target, to) }) {
		return
	}
	edits := []edit{
		{at: syntax.Span{Start: in.Span.Start, End: in.Span.Start}, text: p.workdir(in, to) + p.eol(in.Span)},
		{at: syntax.Span{Start: cd.Span.Start, End: next.Span.Start}},
	}
	if !p.folderSetAfter(in) {
		if before == "" {
			return
		}
		edits = append(edits, edit{at: syntax.Span{Start: in.Span.End, End: in.Span.End}, text: p.eol(in.Span) + p.workdir(in, before)})
	}
	p.fix(edits...)
}

// workdir is a WORKDIR in the case of another instruction.
func (p *pass) workdir(in *syntax.Instruction, folder string) string {
	if p.Text(in.Name) == strings.ToLower(in.Keyword) {
		return "workdir " + folder
	}
	return "WORKDIR " + folder
}

// nested reports whether one of two folders is the other or in it.
func nested(a, b string) bool {
	return a == "" || strings.HasPrefix(a+"/", b+"/") || strings.HasPrefix(b+"/", a+"/")
}

// folderSetAfter reports whether the folder that an instruction leaves behind
// does not matter: an absolute WORKDIR comes before anything that works in it.
func (p *pass) folderSetAfter(in *syntax.Instruction) bool {
	after := slices.Index(in.Stage.Instructions, in) + 1
	for _, next := range in.Stage.Instructions[after:] {
		switch next.Keyword {
		case "ENV", "ARG", "LABEL", "EXPOSE", "USER", "STOPSIGNAL", "SHELL":
		case "WORKDIR":
			return len(next.Args) > 0 && strings.HasPrefix(next.Args[0].Raw, "/")
		default:
			return false
		}
	}
	return !p.shipped(in) // nobody works in what is left of it
}
