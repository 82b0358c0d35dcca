package syntax

import (
	"fmt"
	"strings"
	"testing"
)

// parse reads a Dockerfile that has to be readable.
func parse(t *testing.T, src string) *File {
	t.Helper()
	f, err := Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// words lists what a file holds, each word with its place, so that a test can
// show what it is about: "7:23-7:32 install".
func words(f *File, list []Word) string {
	var b strings.Builder
	for _, w := range list {
		r := f.Range(w.Span)
		fmt.Fprintf(&b, "%d:%d-%d:%d %s\n", r.Line, r.Column, r.EndLine, r.EndColumn, w.Value)
	}
	return b.String()
}

func shellWords(f *File, in *Instruction) string {
	if in.Inner != nil {
		in = in.Inner
	}
	if in.Script == nil {
		return "no script"
	}
	var b strings.Builder
	for _, c := range in.Script.Commands {
		b.WriteString(words(f, c.Words))
	}
	return b.String()
}

func TestArgumentPositions(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"plain", "FROM alpine:3.20 AS base", "1:6-1:17 alpine:3.20\n1:18-1:20 AS\n1:21-1:25 base\n"},
		{"tabs count as one column", "\tFROM\t\talpine", "1:8-1:14 alpine\n"},
		{"flags are no arguments", "COPY --from=a --chown=b:c  x y", "1:28-1:29 x\n1:30-1:31 y\n"},
		{"characters beyond ASCII", "COPY é 日本 /ü", "1:6-1:7 é\n1:8-1:10 日本\n1:11-1:13 /ü\n"},
		{"continuation", "COPY \\\n  a \\\n\tb /c", "2:3-2:4 a\n3:2-3:3 b\n3:4-3:6 /c\n"},
		{"a word over two lines", "COPY lo\\\nng /c", "1:6-2:3 long\n2:4-2:6 /c\n"},
		{"comment and empty line within", "COPY a \\\n# é\n\n   # b \\\n  b /c", "1:6-1:7 a\n5:3-5:4 b\n5:5-5:7 /c\n"},
		{"CRLF", "COPY a \\\r\n  b /c\r\n", "1:6-1:7 a\n2:3-2:4 b\n2:5-2:7 /c\n"},
		{"byte order mark", "\ufeffCOPY a /b", "1:6-1:7 a\n1:8-1:10 /b\n"},
		{"JSON", `COPY ["a b", "é\"\u00e9", "/c"]`, "1:7-1:12 a b\n1:14-1:25 é\"é\n1:27-1:31 /c\n"},
		{"JSON over lines", "CMD [\"a\", \\\n  \"b\"]", "1:6-1:9 a\n2:3-2:6 b\n"},
		{"other escape character", "# escape=`\nCOPY a `\n  C:\\b\\", "2:6-2:7 a\n3:3-3:8 C:\\b\\\n"},
		{"the rest of the line", "USER  app:app  ", "1:7-1:14 app:app\n"},
		{"pairs", `ENV A=b "C D"='e f'`, "1:5-1:8 A=b\n1:9-1:20 C D=e f\n"},
		{"healthcheck", "HEALTHCHECK --timeout=3s CMD curl a", "1:26-1:29 CMD\n1:30-1:36 curl a\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := parse(t, tt.src)
			if got := words(f, f.Instructions[len(f.Instructions)-1].Args); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
}

func TestScriptPositions(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"chain", "RUN a b && c; d|e", "1:5-1:6 a\n1:7-1:8 b\n1:12-1:13 c\n1:15-1:16 d\n1:17-1:18 e\n"},
		{"continuations and a comment", "RUN a \\\n\t# é\n\t&& b 'c d' \\\n\n  \"e\"", "1:5-1:6 a\n3:5-3:6 b\n3:7-3:12 c d\n5:3-5:6 e\n"},
		{"a word over two lines", "RUN ins\\\ntall x", "1:5-2:5 install\n2:6-2:7 x\n"},
		{"beyond ASCII", "RUN é 日 ü", "1:5-1:6 é\n1:7-1:8 日\n1:9-1:10 ü\n"},
		{"subshell and substitution", "RUN (a $(b \"c\"))", "1:6-1:7 a\n1:8-1:16 $(b \"c\")\n1:10-1:11 b\n1:12-1:15 c\n"},
		{"quotes inside a word", `RUN a x"y z"\ w'"' "\$v $v"`, "1:5-1:6 a\n1:7-1:19 xy z w\"\n1:20-1:28 $v $v\n"},
		{"redirections are no words", "RUN a >x 2>&1 b", "1:5-1:6 a\n1:15-1:16 b\n"},
		{"exec form", `RUN ["a", "b c"]`, "1:6-1:9 a\n1:11-1:16 b c\n"},
		{"shell in exec form", `RUN ["sh", "-c", "é \"x\" b"]`,
			"1:6-1:10 sh\n1:12-1:16 -c\n1:18-1:29 é \"x\" b\n1:19-1:20 é\n1:21-1:25 x\n1:27-1:28 b\n"},
		{"shell in shell form", "RUN bash -ec 'a \\\n b'", "1:5-1:9 bash\n1:10-1:13 -ec\n1:14-2:4 a  b\n1:15-1:16 a\n2:2-2:3 b\n"},
		{"heredoc", "RUN <<EOF\na \\\n  b\n\té ü\nEOF", "2:1-2:2 a\n3:3-3:4 b\n4:2-4:3 é\n4:4-4:5 ü\n"},
		{"heredoc with tabs", "RUN <<-EOF\n\t\ta b\n\tEOF", "2:3-2:4 a\n2:5-2:6 b\n"},
		{"heredoc with CRLF", "RUN <<EOF\r\na b\r\nc\r\nEOF\r\n", "2:1-2:2 a\n2:3-2:4 b\n3:1-3:2 c\n"},
		{"heredoc as input", "RUN cat <<A <<-B && d\na b\nA\n\tc\n\tB\n", "1:5-1:8 cat\n1:21-1:22 d\n"},
		{"heredoc for a shell", "RUN a && bash -e <<-'E' && b\n\tc d\n\tE\n", "1:5-1:6 a\n1:10-1:14 bash\n1:15-1:17 -e\n1:28-1:29 b\n2:2-2:3 c\n2:4-2:5 d\n"},
		{"heredoc for a shell's script", "RUN sh a.sh <<E\nb\nE\n", "1:5-1:7 sh\n1:8-1:12 a.sh\n"},
		{"heredoc of another language", "RUN <<EOF\n#!/usr/bin/python3\nprint(1)\nEOF", "no script"},
		{"heredoc with a shell's name", "RUN <<EOF\n#!/usr/bin/env -S bash -e\na b\nEOF", "3:1-3:2 a\n3:3-3:4 b\n"},
		{"onbuild", "ONBUILD RUN \\\n a b", "2:2-2:3 a\n2:4-2:5 b\n"},
		{"export is a command", "RUN export A=b C && d", "1:5-1:11 export\n1:12-1:15 A=b\n1:16-1:17 C\n1:21-1:22 d\n"},
		{"comment in the script", "RUN a # b \\\n && c", "1:5-1:6 a\n"},
		{"before a syntax error", "RUN a b; if", "1:5-1:6 a\n1:7-1:8 b\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := parse(t, "FROM a\n"+tt.src)
			got := shellWords(f, f.Instructions[1])
			want := shiftLines(tt.want)
			if got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// shiftLines adds the FROM line that every script needs in front of it.
func shiftLines(want string) string {
	var b strings.Builder
	for line := range strings.Lines(want) {
		var l, c, el, ec int
		if _, err := fmt.Sscanf(line, "%d:%d-%d:%d", &l, &c, &el, &ec); err != nil {
			return want
		}
		_, word, _ := strings.Cut(line, " ")
		fmt.Fprintf(&b, "%d:%d-%d:%d %s", l+1, c, el+1, ec, word)
	}
	return b.String()
}
