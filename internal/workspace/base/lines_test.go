package base_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/workspace"
	"github.com/portcullis-ci/portcullis/internal/workspace/base"
)

func TestTouches(t *testing.T) {
	r := newRepo(t)
	before := r.commit(map[string]string{
		"same": "a\nb\n", "middle": "a\nb\nc\nd\n", "end": "a\nb", "begin": "b\n", "shorter": "a\nb\nc\n", "crlf": "a\r\nb\r\n", "gone": "a\n",
		"moved": "a\nb\nc\n",
	})
	head := r.commit(map[string]string{
		"same": "a\nb\n", "middle": "a\nx\ny\nc\nd\n", "end": "a\nb\nc", "begin": "a\nb\n", "shorter": "a\nc\n", "crlf": "a\nb\n", "new": "a\nb\n",
		"moved": "b\nc\na\n", "large": strings.Repeat("x\n", 1<<18),
	}, before)
	tree, err := workspace.Open(r.dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	c, err := base.Find(r.dir, head.String(), before.String())
	if err != nil {
		t.Fatal(err)
	}
	touches := c.Touches(tree)
	for name, want := range map[string][]int{
		"same": nil, "middle": {2, 3}, "end": {2, 3}, "begin": {1}, "shorter": nil, "crlf": {1, 2}, "new": {1, 2, 3, 4, 5, 6}, "gone": nil,
		"moved": {3}, "large": {1, 2, 3, 4, 5, 6},
	} {
		var got []int
		for line := 1; line <= 6; line++ {
			if touches(name, line, line) {
				got = append(got, line)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: lines %v are touched, want %v", name, got, want)
		}
	}
	if !touches("middle", 1, 2) || !touches("middle", 3, 9) || touches("middle", 4, 9) {
		t.Error("ranges")
	}
}

// A file of 20,000 lines of which none is the same is compared in time.
func TestTouchesManyLines(t *testing.T) {
	r := newRepo(t)
	var was, now strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&was, "a%d\n", i)
		fmt.Fprintf(&now, "b%d\n", i)
	}
	before := r.commit(map[string]string{"f": was.String()})
	head := r.commit(map[string]string{"f": now.String()}, before)
	tree, err := workspace.Open(r.dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	c, err := base.Find(r.dir, head.String(), before.String())
	if err != nil {
		t.Fatal(err)
	}
	if touches := c.Touches(tree); !touches("f", 1, 1) || !touches("f", 20_000, 20_000) {
		t.Error("a line is not touched")
	}
}

// The merge of a change is checked. A file that the base changed as well is
// another one in the change.
func TestAtHead(t *testing.T) {
	r := newRepo(t)
	root := r.commit(map[string]string{"both": "a\n\n\nb\n", "one": "a\n"})
	target := r.commit(map[string]string{"both": "new\na\n\n\nb\n", "one": "a\n"}, root)
	head := r.commit(map[string]string{"both": "a\n\n\nc\n", "one": "b\n"}, root)
	r.commit(map[string]string{"both": "new\na\n\n\nc\n", "one": "b\n", "added": "x\n"}, target, head)
	tree, err := workspace.Open(r.dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	c, err := base.Find(r.dir, head.String(), root.String())
	if err != nil {
		t.Fatal(err)
	}
	line := c.AtHead(tree)
	for name, want := range map[string][]int{
		"one": {1, 2}, "both": {0, 1, 2, 3, 4, 0}, "missing": {0}, "../one": {0}, "added": {0},
	} {
		for i, want := range want {
			if got := line(name, i+1); got != want {
				t.Errorf("line %d of %s is %d at the head, want %d", i+1, name, got, want)
			}
		}
	}
}
