package scan

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/aquasecurity/trivy/pkg/fanal/secret"
	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/parallel"
)

// sniffed is how much of a file is looked at to tell if it is text.
const sniffed = 8000

// searchSecrets adds the secrets in the files of the workspace. The rules are
// the scanner's own: a file of the workspace that changes them is not read.
func (s *Stage) searchSecrets(ctx context.Context, res *gate.Result) error {
	files, err := s.o.Tree.Files(ctx)
	if err != nil {
		return err
	}
	scanner := secret.NewScanner(nil)
	files = slices.DeleteFunc(files, func(name string) bool { return scanner.IsSkipped(name) || scanner.AllowPath(name) })
	found, errs := make([]ftypes.Secret, len(files)), make([]error, len(files))
	var next atomic.Int64
	parallel.Each(min(len(files), runtime.GOMAXPROCS(0)), func(int) {
		for i := next.Add(1) - 1; i < int64(len(files)) && ctx.Err() == nil; i = next.Add(1) - 1 {
			found[i], errs[i] = s.searchFile(scanner, files[i])
		}
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var unread []string
	for i, name := range files {
		if errs[i] != nil {
			unread = append(unread, name)
			continue
		}
		for _, f := range found[i].Findings {
			res.Findings = append(res.Findings, s.secret(name, f))
		}
	}
	refused, err := s.o.Tree.RefusedPaths(ctx)
	if unread = slices.Sorted(slices.Values(append(unread, refused...))); len(unread) > 0 {
		res.Notes = append(res.Notes, fmt.Sprintf("not searched for secrets, because they are no files that can be read: %s", few(unread)))
	}
	res.Checked.Files += len(files) - s.counted(files)
	return err
}

// counted counts the files that the scan of lock files has counted.
func (s *Stage) counted(files []string) (n int) {
	for _, name := range s.locks.names {
		if _, ok := slices.BinarySearch(files, name); ok && s.vulnerable() {
			n++
		}
	}
	return n
}

// searchFile searches one file. One that is not text holds no secret that the
// rules could find.
func (s *Stage) searchFile(scanner secret.Scanner, name string) (ftypes.Secret, error) {
	raw, err := s.o.Tree.ReadFile(name)
	if err != nil || bytes.IndexByte(raw[:min(len(raw), sniffed)], 0) >= 0 {
		return ftypes.Secret{}, err
	}
	return scanner.Scan(secret.ScanArgs{FilePath: name, Content: bytes.NewReader(raw)}), nil
}

// secret returns the finding of a secret. Neither the match nor its line is
// shown.
func (s *Stage) secret(name string, f ftypes.SecretFinding) gate.Finding {
	t := translation{options: &s.o}
	return gate.Finding{
		Rule: "secret/" + f.RuleID, Severity: t.severity(f.Severity), Layer: gate.Code, Title: f.Title, Sensitive: true,
		Location: gate.Location{Path: name, Range: gate.Range{Line: f.StartLine, EndLine: f.EndLine}},
		Message:  "this line holds a secret: " + f.Title,
		Hint:     "withdraw the secret where it is valid, then remove it: whoever has the repository has its history",
	}
}

// few names at most ten things.
func few(names []string) string {
	const most = 10
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
