package scan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/types"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// An outcome is all that the scanner said of one platform, which was read whole.
// What follows from it is worked out in every run.
type outcome struct {
	Report     types.Report
	Notes      []string
	Unreadable []string
	Java       string // which database identified Java archives; "": there are none
}

// results are the outcomes that earlier runs kept. Each is that of a platform's
// manifest, whose digest stands for every byte of its layers, with the very
// program, databases and settings.
type results struct {
	shelf *shelf
	run   string // what all keys of a run have in common; "": not known yet

	mu     sync.Mutex
	loaded map[v1.Hash][]byte
}

// begin sets what decides about an outcome beside the platform: the program, the
// digest of the vulnerability database ("" where none is used), what is looked
// for, and the day, as support of an operating system ends on one.
func (r *results) begin(o *Options, database string) error {
	running, err := thisProgram()
	if err != nil {
		return err
	}
	r.run = strings.Join([]string{
		"outcome 1", running, database, strings.Join(o.Scanners, ","), fmt.Sprint(o.lists()), o.Now().UTC().Format(time.DateOnly),
	}, "\n")
	return nil
}

// thisProgram is what the running program looks like: another build is another one,
// whatever version it says it is, and even if it has taken the place of this one.
func thisProgram() (string, error) {
	file, err := os.Open("/proc/self/exe")
	if err != nil {
		return "", err
	}
	defer file.Close()
	seen, err := lookAt(file)
	return fmt.Sprint(seen), err
}

// key names an outcome. java is the digest of the database of Java archives, ""
// if that was not open.
func (r *results) key(platform v1.Hash, java string) string {
	return strings.Join([]string{r.run, platform.String(), java}, "\n")
}

// has reports whether the outcome of a platform is known, which take then
// returns. java is called if there is none without the database. It may be called
// from several goroutines.
func (r *results) has(platform v1.Hash, java func() string) bool {
	raw, err := r.shelf.get(r.key(platform, ""))
	if err != nil {
		if sum := java(); sum != "" {
			raw, err = r.shelf.get(r.key(platform, sum))
		}
	}
	if err != nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.loaded[platform] = raw
	return true
}

// take returns an outcome that has found, for the caller to change.
func (r *results) take(platform v1.Hash) (o outcome, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	err = json.Unmarshal(r.loaded[platform], &o)
	return o, err
}

// put keeps an outcome, unless it would be read as another one. What was found to
// be a secret is not written down, where it is says enough, and neither is what an
// image runs and sets, which may hold one.
func (r *results) put(platform v1.Hash, java string, o outcome) error {
	o.Report.Metadata.ImageConfig.Config = v1.Config{Labels: o.Report.Metadata.ImageConfig.Config.Labels} // which an SBOM has
	o.Report.Results = slices.Clone(o.Report.Results)
	for i, result := range o.Report.Results {
		secrets := slices.Clone(result.Secrets)
		for j := range secrets {
			secrets[j].Match, secrets[j].Code = "", types.DetectedSecret{}.Code
		}
		o.Report.Results[i].Secrets = secrets
	}
	raw, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if err := faithful(raw); err != nil {
		return err
	}
	return r.shelf.put(r.key(platform, java), raw)
}

// faithful returns an error for what would be read as another outcome than the one
// that was written: names of packages may be anything.
func faithful(raw []byte) error {
	var o outcome
	if err := json.Unmarshal(raw, &o); err != nil {
		return fmt.Errorf("reading it again: %w", err)
	}
	again, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, raw) || bytes.ContainsRune(raw, utf8.RuneError) || bytes.Contains(raw, []byte(`\ufffd`)) {
		return errors.New("it has text in it that would be read as another one")
	}
	return nil
}

// openResults opens what earlier runs kept, if anything is to be kept. A folder
// that cannot be used is as good as none.
func (s *Stage) openResults() {
	if s.o.Results == "" {
		return
	}
	open, err := openShelf(s.o.Results)
	if err != nil {
		s.o.Log.Warn("results are not kept for the next run", "err", err)
		return
	}
	s.shelf, s.results = open, &results{shelf: open, loaded: map[v1.Hash][]byte{}}
}

// known returns a function for [image.Fetcher.Known], nil where nothing is known.
// Earlier outcomes count only if the database that they rest on is open before
// anything is fetched.
func (s *Stage) known() func(v1.Hash) bool {
	if s.results == nil {
		return nil
	}
	if s.vulnerable() {
		if s.database = s.openLocal(); s.database == nil {
			return nil
		}
	}
	if !s.beginResults() {
		return nil
	}
	java := sync.OnceValue(s.knownJava)
	return func(platform v1.Hash) bool { return s.results.has(platform, java) }
}

// beginResults reports whether outcomes can be told apart by now.
func (s *Stage) beginResults() bool {
	switch {
	case s.results == nil, s.vulnerable() && s.database == nil:
		return false
	case s.results.run != "":
		return true
	}
	sum := ""
	if s.database != nil {
		sum = s.database.sum
	}
	err := s.results.begin(&s.o, sum)
	if err != nil {
		s.o.Log.Debug("results are not kept for the next run", "err", err)
	}
	return err == nil
}

// recall returns what an earlier run found out about a platform.
func (s *Stage) recall(p image.Platform) (types.Report, logged, error) {
	o, err := s.results.take(p.Digest)
	s.o.Log.Debug("not scanned again: an earlier run did, with the same databases", "platform", p.Name, "digest", p.Digest)
	if o.Java != "" && !slices.Contains(s.javaNotes, o.Java) {
		s.javaNotes = append(s.javaNotes, o.Java)
	}
	return o.Report, logged{notes: o.Notes, unreadable: o.Unreadable}, err
}

// retain keeps what the scanner said of a platform for the next run, which it does
// without if that does not work.
func (s *Stage) retain(p image.Platform, report types.Report, said logged) {
	if !s.beginResults() {
		return
	}
	o, sum := outcome{Report: report, Notes: said.notes, Unreadable: said.unreadable}, ""
	if said.java || slices.ContainsFunc(report.Results, func(r types.Result) bool { return r.Type == ftypes.Jar }) {
		if sum = s.javaSum(); sum == "" {
			return
		}
		o.Java = s.java.about
	}
	if err := s.results.put(p.Digest, sum, o); err != nil {
		s.o.Log.Debug("keeping a result for the next run", "platform", p.Digest, "err", err)
	}
}

// identified says which databases of Java archives were used: the one that is
// open, and those of earlier runs.
func (s *Stage) identified() []string {
	if s.java == nil {
		return s.javaNotes
	}
	return unique(slices.Concat(s.java.notes, s.javaNotes))
}
