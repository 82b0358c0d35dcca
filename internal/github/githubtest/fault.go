package githubtest

import (
	"net/http"
	"os"
	"syscall"
)

// A Fault is what goes wrong with a request. The zero value is nothing.
type Fault struct {
	Status int // the answer, with Header and Body
	Header http.Header
	Body   string
	// Hang is no answer at all. Without a network the client sees at once what it
	// would see when its patience ends.
	Hang bool
	Drop bool // the connection breaks
	// Late says that the request is carried out before it goes wrong.
	Late bool
}

func (f Fault) any() bool { return f.Status != 0 || f.Hang || f.Drop }

// strike answers a request with the fault.
func (f Fault) strike(w http.ResponseWriter, r *http.Request) {
	switch {
	case f.Hang && r.Context().Value(inProcess{}) != nil:
		panic(os.ErrDeadlineExceeded)
	case f.Hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case f.Drop:
		panic(http.ErrAbortHandler)
	}
	for name, values := range f.Header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(f.Status)
	body := f.Body
	if body == "" {
		body = `{"message": "` + http.StatusText(f.Status) + `", "documentation_url": "https://docs.github.com/rest"}`
	}
	_, _ = w.Write([]byte(body))
}

// inProcess marks requests that come without a network.
type inProcess struct{}

// errReset is what a client sees of a connection that breaks.
var errReset = syscall.ECONNRESET
