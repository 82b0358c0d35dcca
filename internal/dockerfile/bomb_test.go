package dockerfile

import (
	"strings"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
)

// TestR24BombsForRules shows that no rule takes long on inputs made to be slow.
// They are an eighth of the size limit, and the limit is generous for slow
// machines and detectors.
func TestR24BombsForRules(t *testing.T) {
	fill := func(unit string) string { return strings.Repeat(unit, syntax.MaxSize/8/len(unit)) }
	s := New(Options{Tree: emptyTree(t), TrustedRegistries: []string{"*.example.com"}})
	for name, src := range map[string]string{
		"findings":        "FROM a\n" + fill("WORKDIR a\n"),
		"build stages":    fill("FROM a AS a\nCOPY --from=b c d\nRUN pip install e\n"),
		"variables":       "FROM a\n" + fill("ENV PIP_NO_CACHE_DIR=0 B=$PIP_NO_CACHE_DIR\nRUN pip install c\n"),
		"pragmas":         fill("# hadolint global ignore=DL3006\nFROM a\n"),
		"pragma's rules":  "# hadolint global ignore=" + strings.Repeat("DL3006,", 9000) + "DL3006\n" + fill("FROM a\n"),
		"mounts":          "FROM a\n" + fill("RUN --mount=type=cache,target=/x,from=b apk add c\n"),
		"references":      fill("ARG A=${A:-${A:-b}}\n") + fill("FROM ${A}${A}${A}\n"),
		"archives":        "FROM a\n" + fill("COPY a.tar b.tar /\nRUN tar xf c.tar\n"),
		"pipes":           "FROM a\n" + fill("RUN a|"+strings.Repeat("b|", 500)+"c\n"),
		"options":         "FROM a\n" + fill("RUN apt-get install -"+strings.Repeat("q", 1000)+" b\n"),
		"long object":     "FROM a\nRUN sudo \\\n" + fill(" a\\\n") + " b\n",
		"substitutions":   "FROM a\nRUN sh " + strings.Repeat("<(a) ", 12000) + "\nRUN sh <(a) " + strings.Repeat("b$(curl c) ", 5000) + "\n",
		"pipes in a row":  "FROM a\nRUN curl b" + strings.Repeat("|c", 20000) + "\n",
		"dependencies":    "FROM a\n" + fill("COPY . /\nRUN pip3 install -r a\n"),
		"tags":            fill("FROM alpine:3" + strings.Repeat(".1", 1000) + "\n"),
		"folders":         "FROM debian\n" + fill("RUN cd /a && b\nENV a=b\nWORKDIR c\n"),
		"package lists":   "FROM debian\n" + fill("RUN apt update && apt install a\n"),
		"pipefail":        fill("FROM debian\nRUN a | b\n"),
		"doubled values":  "ARG A=aaaaaaaaaa\n" + fill("ARG A=$A$A\n") + "FROM b:$A AS c\nFROM $A\n",
		"replaced values": "ARG A=" + strings.Repeat("a", 4000) + "\n" + fill("ARG B=${A//a/"+strings.Repeat("a", 4000)+"}\nARG A=$B\nFROM a\n"),
		"long value":      "FROM a\nENV A=" + strings.Repeat("a", syntax.MaxSize/2) + "\n" + fill("WORKDIR "+strings.Repeat("$A", 1000)+"\n"),
		"words in a rule": "FROM a\nEXPOSE " + strings.Repeat("70000 ", 10000) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			f, err := syntax.Parse([]byte(src))
			if err != nil {
				t.Fatal(err)
			}
			found := suppress(s.apply("Dockerfile", f), f, pragmas(f))
			if took := time.Since(begin); took > time.Minute {
				t.Errorf("took %v for %d findings", took, len(found))
			}
			t.Log(time.Since(begin))
		})
	}
}
