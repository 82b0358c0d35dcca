package scan_test

import (
	"bytes"
	"context"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// A slowStage runs until somebody has asked for the database.
type slowStage struct {
	started chan struct{}
	asked   <-chan struct{}
}

func (slowStage) Name() string { return "policy" }

func (s slowStage) Run(ctx context.Context) (gate.Result, error) {
	close(s.started)
	select {
	case <-s.asked:
		return gate.Result{Checked: gate.Checked{Files: 1, Rules: 1}}, nil
	case <-ctx.Done():
		return gate.Result{}, context.Cause(ctx)
	}
}

// The database is downloaded while the stages before run: neither the registry
// nor the stage goes on before the other one has begun.
func TestDatabaseIsDownloadedDuringTheStagesBefore(t *testing.T) {
	started, asked := make(chan struct{}), make(chan struct{})
	ask := sync.OnceFunc(func() { close(asked) })
	blocking := false
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if blocking {
			ask()
			<-started
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	m := &mirror{
		t: t, ref: strings.TrimPrefix(server.URL, "http://") + "/trivy-db:2",
		layerType: "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip",
	}
	m.push(buildDB(t, now))
	blocking = true
	o := m.online(t.TempDir())
	var trace bytes.Buffer
	o.Log = slog.New(slog.NewTextHandler(&trace, &slog.HandlerOptions{Level: slog.LevelDebug}))
	report := gate.Run(t.Context(), gate.Plan{
		Steps: []gate.Step{
			{Stage: slowStage{started: started, asked: asked}, Required: true},
			{Stage: scan.New(o), Required: true},
		},
		Threshold: gate.High,
		Now:       o.Now,
	})
	if report.Verdict != gate.Passed {
		t.Errorf("%s: %+v", report.Verdict, report.Stages)
	}
	for _, line := range []string{
		"msg=fetch image=oci:", `msg="fetch ended" image=oci:`,
		"msg=fetch database=vulnerabilities", `msg="fetch ended" database=vulnerabilities took=`,
	} {
		if !strings.Contains(trace.String(), line) {
			t.Errorf("the log does not say %q:\n%s", line, &trace)
		}
	}
}
