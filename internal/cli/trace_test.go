package cli

import (
	"strings"
	"testing"
	"time"
)

// What overlaps is drawn below each other, and a name that somebody else chose
// cannot begin a line.
func TestTrace(t *testing.T) {
	var now time.Time
	tr := newTrace(func() time.Time { return now })
	tr.next("policy")
	database := tr.start("fetch database vulnerabilities")
	hostile := tr.start("fetch image a\n::error::" + strings.Repeat("x", 60) + ":1")
	now = now.Add(200 * time.Millisecond)
	tr.next("dockerfile")
	now = now.Add(300 * time.Millisecond)
	database()
	hostile()
	tr.next("scan")
	now = now.Add(500 * time.Millisecond)
	var out strings.Builder
	tr.write(&out)
	want := `
portcullis: trace:                                                  begin      took
portcullis: trace: policy                                             0 ms    200 ms  ━━━━━━━━
portcullis: trace: fetch database vulnerabilities                     0 ms    500 ms  ━━━━━━━━━━━━━━━━━━━━
portcullis: trace: …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx:1       0 ms    500 ms  ━━━━━━━━━━━━━━━━━━━━
portcullis: trace: dockerfile                                       200 ms    300 ms          ━━━━━━━━━━━━
portcullis: trace: scan                                             500 ms    500 ms                      ━━━━━━━━━━━━━━━━━━━━
`
	if got := "\n" + out.String(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
