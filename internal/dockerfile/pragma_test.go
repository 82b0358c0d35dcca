package dockerfile

import (
	"slices"
	"strings"
	"testing"
)

func TestR31PragmasAreHonouredAndStated(t *testing.T) {
	for _, tt := range []struct {
		name, src string
		findings  []string // line:column rule
		notes     []string
	}{
		{
			"next line", "FROM a:1\n# hadolint ignore=DL3002\nUSER root\n",
			nil, []string{`2: "hadolint ignore=DL3002" suppressed 1 of the findings`},
		},
		{
			"other rule", "FROM a:1\n# hadolint ignore=DL3000\nUSER root\n",
			[]string{"3:6 DL3002"}, []string{`2: "hadolint ignore=DL3000" suppressed 0 of the findings`},
		},
		{
			"several rules, blanks and a comment", "# hadolint   ignore = DL3006 , DL3007 # why\nFROM a\n",
			nil, []string{`1: "hadolint ignore=DL3006,DL3007" suppressed 1 of the findings`},
		},
		{
			"the whole instruction", "FROM a:1\n#hadolint ignore=DL3018\nONBUILD RUN true && \\\n  apk add b\n",
			nil, []string{`2: "hadolint ignore=DL3018" suppressed 1 of the findings`},
		},
		{
			"not a rule", "# hadolint ignore=crazy,DL3006\nFROM a\n",
			[]string{"2:6 DL3006"}, []string{`1: "hadolint ignore=crazy,DL3006" has no effect: "crazy" is not the id of a rule`},
		},
		{
			"no list", "# hadolint ignore=\nFROM a\n",
			[]string{"2:6 DL3006"}, []string{`1: "hadolint ignore=" has no effect: "" is not the id of a rule`},
		},
		{
			"not directly above", "# hadolint ignore=DL3006\n\nFROM a\n",
			[]string{"3:6 DL3006"}, []string{`1: "hadolint ignore=DL3006" has no effect: no instruction begins on the next line`},
		},
		{
			"at the end", "FROM a\n# hadolint ignore=DL3006\n",
			[]string{"1:6 DL3006"}, []string{`2: "hadolint ignore=DL3006" has no effect: no instruction follows`},
		},
		{
			"one use only", "# hadolint ignore=DL3006\nFROM a\nFROM b\n",
			[]string{"3:6 DL3006"}, []string{`1: "hadolint ignore=DL3006" suppressed 1 of the findings`},
		},
		{
			"global", "FROM a\n# hadolint global ignore=DL3006\nFROM b\n",
			nil, []string{`2: "hadolint global ignore=DL3006" suppressed 2 of the findings`},
		},
		{
			"build stage", "# hadolint stage ignore=DL3000\n\nFROM a:1\nWORKDIR b\nWORKDIR c\nFROM d:1\nWORKDIR e\n",
			[]string{"7:9 DL3000"}, []string{`1: "hadolint stage ignore=DL3000" suppressed 2 of the findings`},
		},
		{
			"build stage in the middle of one", "FROM a:1\n# hadolint stage ignore=DL3000\nWORKDIR b\n",
			[]string{"3:9 DL3000"}, []string{`2: "hadolint stage ignore=DL3000" has no effect: the next instruction is not a FROM`},
		},
		{
			"several of one kind", "# hadolint global ignore=DL3006\n# hadolint global ignore=DL3006\n# hadolint ignore=DL3006\nFROM a\nFROM b\n",
			nil, []string{
				`1: "hadolint global ignore=DL3006" suppressed 1 of the findings`,
				`2: "hadolint global ignore=DL3006" suppressed 0 of the findings`,
				`3: "hadolint ignore=DL3006" suppressed 1 of the findings`,
			},
		},
		{
			"within an instruction", "FROM a:1\nRUN b && \\\n# hadolint ignore=DL3004\n  sudo c\n",
			[]string{"4:3 DL3004"}, nil,
		},
		{
			"in a heredoc", "FROM a:1\nRUN <<EOF\n# hadolint ignore=DL3002\nEOF\nUSER 0\n",
			[]string{"5:6 DL3002"}, nil,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, err := run(t, Options{}, map[string]string{"Dockerfile": tt.src})
			var want, notes []string
			for _, f := range tt.findings {
				want = append(want, "Dockerfile:"+f)
			}
			for _, n := range tt.notes {
				notes = append(notes, "Dockerfile:"+n)
			}
			if got := list(res); err != nil || !slices.Equal(got, want) {
				t.Errorf("findings %q, want %q (%v)", got, want, err)
			}
			if !slices.Equal(res.Notes, notes) {
				t.Errorf("notes %q, want %q", res.Notes, notes)
			}
		})
	}
}

func TestR31PragmasCanBeForbidden(t *testing.T) {
	res, err := run(t, Options{DisableIgnorePragma: true}, map[string]string{"Dockerfile": "# hadolint global ignore=DL3006\nFROM a\n"})
	if err != nil || len(res.Findings) != 1 || len(res.Notes) != 1 || !strings.Contains(res.Notes[0], "not honoured") {
		t.Errorf("got %+v, %v", res, err)
	}
}
