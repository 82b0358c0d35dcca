package pacing

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
)

func TestPercentage(t *testing.T) {
	const room = 64 << 20
	for alive, want := range map[uint64]int{
		0: 1600, 1 << 20: 1600, 4 << 20: 1600, 8 << 20: 800, 16 << 20: 400, room / 2: 200, room: usual, 10 * room: usual,
	} {
		if got := percentage(room, alive); got != want {
			t.Errorf("%d bytes alive: %d %%, want %d", alive, got, want)
		}
	}
}

// goal is the size of the heap at which the next collection begins.
func goal() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// TestAllow shows what the runtime makes of it: a small heap has the room, a
// large one is collected as ever, and so is one after the end.
func TestAllow(t *testing.T) {
	const room = 64 << 20
	usualPercent := debug.SetGCPercent(usual)
	defer debug.SetGCPercent(usualPercent)
	// The pace is set by a goroutine of the runtime, some time after the
	// collection: collect until it is as wanted.
	collectUntil := func(wanted func(goal, alive uint64) bool) {
		t.Helper()
		for runtime.GC(); !wanted(goal(), live()); runtime.GC() {
			runtime.Gosched()
		}
	}
	stop := Allow(room)
	collectUntil(func(goal, alive uint64) bool { return goal >= room*7/8 && goal <= alive+2*room })
	large := make([]byte, 3*room)
	collectUntil(func(goal, alive uint64) bool { return alive >= 3*room && goal < 2*alive+room/2 })
	runtime.KeepAlive(large)
	collectUntil(func(goal, alive uint64) bool { return alive < room && goal >= room*7/8 && goal <= alive+2*room })
	stop()
	collectUntil(func(goal, alive uint64) bool { return goal <= max(2*alive, 4<<20)+4<<20 })
}
