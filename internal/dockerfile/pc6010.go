package dockerfile

import (
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "PC6010",
			Title:       "the final build stage should not hold compilers",
			Severity:    gate.Low,
			Why:         "A tool chain makes the image larger by hundreds of megabytes, brings its own vulnerabilities, and helps whoever gets in.",
			Bad:         "FROM golang:1.26\nCOPY . /src\nRUN go build -o /app /src\nCMD [\"/app\"]\n",
			Good:        "FROM golang:1.26 AS build\nCOPY . /src\nRUN CGO_ENABLED=0 go build -o /app /src\nFROM scratch\nCOPY --from=build /app /app\nUSER 10001\nCMD [\"/app\"]\n",
			Remediation: "compile in a build stage of its own, and copy the result into the final one",
			Controls:    []string{"cis-docker-4.3", "nist-sp-800-190-4.1.2"},
			URL:         "https://docs.docker.com/build/building/multi-stage/",
		},
		check: compilersLeft,
	})
}

// compilerImages are official images of Docker Hub that are made to compile;
// what they build runs without them.
var compilerImages = []string{"golang", "rust", "gcc", "maven", "gradle", "haskell", "swift", "dart"}

// compilerPackages are packages that bring a compiler.
var compilerPackages = []string{"build-essential", "build-base", "gcc", "g++", "gcc-c++", "clang", "golang", "golang-go", "rust", "rustc", "cargo", "alpine-sdk"}

// compilersLeft looks only at an image that says what it runs: others may be
// there to compile with.
func compilersLeft(p *pass) {
	if len(p.Stages) == 0 {
		return
	}
	final := p.Stages[len(p.Stages)-1]
	starts := func(in *syntax.Instruction) bool { return in.Keyword == "CMD" || in.Keyword == "ENTRYPOINT" }
	if !slices.ContainsFunc(final.Instructions, starts) || slices.ContainsFunc(final.Instructions, removesPackages) {
		return
	}
	root := final
	for root.Base != nil {
		root = root.Base
	}
	if name, tag := p.officialImage(root); slices.Contains(compilerImages, name) && !strings.Contains(tag, "slim") {
		p.report(final.From, final.From.Args[0].Span, "the final build stage starts from %q, which is made to compile", p.Expand(root.From.Args[0].Value))
	}
	for _, in := range final.Instructions {
		p.reportWords(in, compilerInstalls(in), "the final build stage keeps %s")
	}
}

// compilerInstalls returns the compilers that a RUN installs.
func compilerInstalls(in *syntax.Instruction) arguments {
	var found arguments
	for c := range calls(in, "apt-get", "apt", "apk", "yum", "dnf", "microdnf") {
		if c.Program() == "apk" && c.HasFlag("virtual", "t") {
			continue // they go by that name
		}
		for _, w := range installed(c, slices.Concat(aptValued, []string{"virtual"}), "install", "add") {
			name, _, _ := strings.Cut(w.Value, "=")
			if slices.Contains(compilerPackages, name) {
				found = append(found, w)
			}
		}
	}
	return found
}

// removesPackages reports whether a RUN takes packages away again, which ones
// is not looked at.
func removesPackages(in *syntax.Instruction) bool {
	for c := range calls(in, "apt-get", "apt", "apk", "yum", "dnf", "microdnf") {
		if c.HasArg("purge", "remove", "autoremove", "del", "erase") {
			return true
		}
	}
	return false
}
