package image_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/image"
)

func TestR51FlakyRegistry(t *testing.T) {
	status := func(code int) func(http.ResponseWriter, *http.Request, http.Handler) {
		return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(code) }
	}
	faults := map[string]func(http.ResponseWriter, *http.Request, http.Handler){
		"429": status(http.StatusTooManyRequests),
		"503": status(http.StatusServiceUnavailable),
		"reset": func(http.ResponseWriter, *http.Request, http.Handler) {
			panic(http.ErrAbortHandler)
		},
		"truncated body": func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			recorded := httptest.NewRecorder()
			next.ServeHTTP(recorded, r)
			w.Header().Set("Content-Length", recorded.Header().Get("Content-Length"))
			w.WriteHeader(recorded.Code)
			_, _ = w.Write(recorded.Body.Bytes()[:recorded.Body.Len()/2])
			panic(http.ErrAbortHandler)
		},
		"slow": func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	}
	for name, fault := range faults {
		for _, path := range []string{"/blobs/", "/manifests/"} {
			t.Run(name+path, func(t *testing.T) {
				reg := newRegistry(t)
				ref := reg.push("1", sample(t, amd64, "one"))
				for _, times := range []int32{2, 1 << 30} {
					var seen atomic.Int32
					reg.turn(func(w http.ResponseWriter, r *http.Request, next http.Handler) bool {
						if !strings.Contains(r.URL.Path, path) || seen.Add(1) > times {
							return false
						}
						fault(w, r, next)
						return true
					})
					f := image.Fetcher{Attempts: 4, Parallel: 1, Stall: 100 * time.Millisecond}
					img, err := fetch(t, f, ref)
					failed := err != nil || img.Platforms[0].Err != nil
					if always := times > 2; failed != always {
						t.Errorf("after %d faults: %v, %+v", times, err, img)
					}
				}
			})
		}
	}
}

func TestR51NoSecondAttemptForWhatWillNotChange(t *testing.T) {
	reg := newRegistry(t)
	if _, err := fetch(t, image.Fetcher{}, reg.host+"/acme/none:1"); err == nil || !strings.Contains(err.Error(), "not in the registry") {
		t.Errorf("got %v", err)
	}
	if n := reg.count("/manifests/"); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestR50R51TheRegistrySaysWhenToComeBack(t *testing.T) {
	for _, test := range []struct {
		name     string
		after    func() string
		requests int
		waits    time.Duration // at least
		want     string
	}{
		{"seconds", func() string { return "1" }, 2, time.Second, ""},
		{"a time", func() string { return time.Now().Add(2 * time.Second).UTC().Format(http.TimeFormat) }, 2, 500 * time.Millisecond, ""},
		{"an hour", func() string { return "3600" }, 1, 0, "429 Too Many Requests, and to come back in 1h0m0s"},
		{"nonsense", func() string { return "-5 soon" }, 2, 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			reg := newRegistry(t)
			ref := reg.push("1", sample(t, amd64, "one"))
			var times []time.Time
			reg.turn(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
				if !strings.Contains(r.URL.Path, "/manifests/") {
					return false
				}
				times = append(times, time.Now())
				if len(times) > 1 {
					return false
				}
				w.Header().Set("Retry-After", test.after())
				w.WriteHeader(http.StatusTooManyRequests)
				return true
			})
			_, err := fetch(t, image.Fetcher{}, ref)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if len(times) != test.requests || len(times) > 1 && times[1].Sub(times[0]) < test.waits {
				t.Errorf("requests at %v", times)
			}
		})
	}
}
