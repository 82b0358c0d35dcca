// Package pacing lets a short-lived program collect its garbage less often.
//
// The runtime starts a collection when the heap has doubled, and a program that
// reads files and forgets them has a few megabytes alive: it collects a hundred
// times a second. A higher percentage alone would help it, and would let a heap
// of half a gigabyte grow to two and a half.
package pacing

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

const (
	usual    = 100     // percentage of the runtime
	smallest = 4 << 20 // heap that the runtime begins with, times the percentage
)

// Allow lets the heap grow by room bytes before the next collection, or as far
// as the runtime lets it when that is more: a heap that is larger than room
// keeps its usual pace. Stop gives the usual pace back.
func Allow(room uint64) (stop func()) {
	before := debug.SetGCPercent(usual)
	c := &collector{room: room, percent: usual}
	c.adjust(live())
	c.watch()
	return func() {
		c.stopped.Store(true)
		debug.SetGCPercent(before)
	}
}

// A collector sets the pace after each collection.
type collector struct {
	room    uint64
	percent int
	stopped atomic.Bool
}

// A cycle is what no one refers to: it is gone after a collection.
type cycle struct{ _ *cycle }

// watch adjusts the pace at the end of the next collection, and of those after.
func (c *collector) watch() {
	runtime.AddCleanup(&cycle{}, func(c *collector) {
		if !c.stopped.Load() {
			c.adjust(live())
			c.watch()
		}
	}, c)
}

// adjust sets the percentage for a heap of which so many bytes are alive. It
// stops all goroutines for a moment: small differences are left.
func (c *collector) adjust(alive uint64) {
	percent := percentage(c.room, alive)
	if difference := percent - c.percent; difference > c.percent/8 || -difference > c.percent/8 {
		debug.SetGCPercent(percent)
		c.percent = percent
	}
}

// percentage is that by which a heap may grow.
func percentage(room, alive uint64) int {
	return int(max(usual, room*100/max(alive, smallest)))
}

// live returns the bytes to which the runtime applies the percentage: what the
// last collection left alive, the stacks and the global variables.
func live() uint64 {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}}
	metrics.Read(samples)
	var sum uint64
	for _, s := range samples {
		if s.Value.Kind() == metrics.KindUint64 {
			sum += s.Value.Uint64()
		}
	}
	return sum
}
