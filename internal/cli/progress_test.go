package cli

import (
	"testing"
	"time"
	"unicode/utf8"
)

// A line that is wider than the terminal would wrap, and each frame would leave
// one behind.
func TestProgressFitsTheTerminal(t *testing.T) {
	p := &progress{name: "scan"}
	p.step("fetch registry.example.com/some/long/path/of/an/organisation/shop:1.4.0-20261123.1", 1, 4)
	whole := "scan fetch registry.example.com/some/long/path/of/an/organisation/shop:1.4.0-20261123.1  █████░░░░░░░░░░░░░░░  25 %  3 s"
	for width, want := range map[int]string{
		0:   whole,
		200: whole,
		80:  "…th/of/an/organisation/shop:1.4.0-20261123.1  █████░░░░░░░░░░░░░░░  25 %  3 s",
		40:  "…3.1  █████░░░░░░░░░░░░░░░  25 %  3 s",
		20:  "…  █████░░░░░░░░░",
	} {
		got := p.line(3*time.Second, width)
		if got != want || width > 0 && utf8.RuneCountInString(got) > width-3 {
			t.Errorf("%d columns: %q, want %q", width, got, want)
		}
	}
}
