package image

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// maxTags is how many tags of a repository are read.
const maxTags = 50_000

// Newer returns what a registry has in place of a base image: a newer tag of the
// same kind, or, where the reference has a digest, the digest that its tag has
// moved to; "" where there is neither. The registry is asked: whoever calls
// decides that it may be.
func (f *Fetcher) Newer(ctx context.Context, reference string) (string, error) {
	base, _, pinned := strings.Cut(reference, "@")
	tag, err := name.NewTag(base)
	if err != nil {
		return "", err
	}
	conf := f.withDefaults()
	tags, err := conf.tags(ctx, tag.Context())
	if err != nil {
		return "", fmt.Errorf("listing the tags of %s: %w", tag.Context(), err)
	}
	short := strings.TrimSuffix(base, ":"+tag.TagStr())
	if newer := NewerTag(tag.TagStr(), tags); newer != "" {
		return short + ":" + newer, nil
	}
	if !pinned {
		return "", nil
	}
	ref, err := ParseRemote(base)
	if err != nil {
		return "", err
	}
	now, src, err := conf.openRegistry(ctx, ref)
	if err != nil {
		return "", err
	}
	if moved := base + "@" + now.desc.Digest.String(); moved != reference {
		return moved, src.Close()
	}
	return "", src.Close()
}

func (f *Fetcher) tags(ctx context.Context, repo name.Repository) ([]string, error) {
	keychain := f.Keychain
	if keychain == nil {
		keychain = authn.NewMultiKeychain()
	}
	src := &registrySource{f: f, repo: repo, keychain: keychain, guard: newTransport(repo.Registry, f.Proxy)}
	defer func() { _ = src.Close() }() // which drops connections
	in, err := src.logIn(ctx)
	if err != nil {
		return nil, err
	}
	pages, err := in.puller.Lister(ctx, repo)
	if err != nil {
		return nil, in.redact(err)
	}
	var all []string
	for pages.HasNext() {
		page, err := pages.Next(ctx)
		if err != nil {
			return nil, in.redact(err)
		}
		if all = append(all, page.Tags...); len(all) > maxTags {
			return nil, errors.Join(ErrLimit, fmt.Errorf("more than %d tags", maxTags))
		}
	}
	return all, nil
}

var (
	numbered = regexp.MustCompile(`^(v?)([0-9]{1,9}(?:\.[0-9]{1,9}){0,3})((?:-.*)?)$`)
	dated    = regexp.MustCompile(`^([a-z]+)-([0-9]{8})((?:-.*)?)$`)
	// releases are the names of releases that are tags, oldest first.
	releases = [][]string{
		{"stretch", "buster", "bullseye", "bookworm", "trixie"},
		{"xenial", "bionic", "focal", "jammy", "noble"},
	}
)

// NewerTag returns the tag of a list that takes the place of one: with as many
// numbers, the same words around them, and the same major version if there is a
// newer one of it; for a release with a name, its newest date, or the newest
// release. "" where there is none.
func NewerTag(tag string, tags []string) string {
	if m := numbered.FindStringSubmatch(tag); m != nil {
		return newerNumber(m, tags)
	}
	if m := dated.FindStringSubmatch(tag); m != nil {
		return newest(tags, func(t string) bool {
			n := dated.FindStringSubmatch(t)
			return n != nil && n[1] == m[1] && n[3] == m[3] && n[2] > m[2]
		}, cmp.Compare[string])
	}
	codename, rest, _ := strings.Cut(tag, "-")
	for _, names := range releases {
		i := slices.Index(names, codename)
		if i < 0 {
			continue
		}
		for _, later := range slices.Backward(names[i+1:]) {
			if newer := strings.TrimSuffix(later+"-"+rest, "-"); slices.Contains(tags, newer) {
				return newer
			}
		}
	}
	return ""
}

func newerNumber(m, tags []string) string {
	now := numbers(m[2])
	compare := func(a, b string) int {
		return slices.Compare(numbers(numbered.FindStringSubmatch(a)[2]), numbers(numbered.FindStringSubmatch(b)[2]))
	}
	fits := func(t string) bool {
		n := numbered.FindStringSubmatch(t)
		if n == nil || n[1] != m[1] || n[3] != m[3] {
			return false
		}
		other := numbers(n[2])
		// A date among versions is another kind of tag.
		return len(other) == len(now) && (other[0] >= 1000) == (now[0] >= 1000) && slices.Compare(other, now) > 0
	}
	if len(now) > 1 {
		sameMajor := func(t string) bool { return fits(t) && numbers(numbered.FindStringSubmatch(t)[2])[0] == now[0] }
		if newer := newest(tags, sameMajor, compare); newer != "" {
			return newer
		}
	}
	return newest(tags, fits, compare)
}

// newest returns the greatest tag that fits, or "".
func newest(tags []string, fits func(string) bool, compare func(a, b string) int) string {
	best := ""
	for _, t := range tags {
		if fits(t) && (best == "" || compare(t, best) > 0) {
			best = t
		}
	}
	return best
}

func numbers(version string) []int {
	var all []int
	for part := range strings.SplitSeq(version, ".") {
		n, _ := strconv.Atoi(part) // the pattern has digits only
		all = append(all, n)
	}
	return all
}
