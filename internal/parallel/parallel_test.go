package parallel_test

import (
	"sync/atomic"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/parallel"
)

func TestEachCallsAll(t *testing.T) {
	var sum atomic.Int64
	parallel.Each(10, func(i int) { sum.Add(int64(i)) })
	parallel.Each(0, func(int) { t.Error("called") })
	if sum.Load() != 45 {
		t.Errorf("got %d", sum.Load())
	}
}

func TestR56PanicReachesTheCaller(t *testing.T) {
	var finished atomic.Int32
	defer func() {
		if v := recover(); v != "boom" || finished.Load() != 2 {
			t.Errorf("recovered %v after %d", v, finished.Load())
		}
	}()
	parallel.Each(3, func(i int) {
		if i == 1 {
			panic("boom")
		}
		finished.Add(1)
	})
	t.Error("Each returned")
}
