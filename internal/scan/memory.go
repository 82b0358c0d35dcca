package scan

import (
	"runtime"
	"runtime/debug"
)

// softLimit is how much memory a scan may take before garbage is collected more
// eagerly. Files below 100 MB are read into memory as a whole, in steps that
// leave as much garbage again.
const softLimit = 512 << 20

// boundMemory sets the soft limit, unless a lower one is in force, and returns
// what undoes that.
func boundMemory() (undo func()) {
	before := debug.SetMemoryLimit(-1)
	if before <= softLimit {
		return func() {}
	}
	debug.SetMemoryLimit(softLimit)
	return func() { debug.SetMemoryLimit(before) }
}

// atOnce is how many layers, and files of a layer, are analysed at once: each may
// hold a file of 100 MB.
func atOnce() int { return min(3, runtime.GOMAXPROCS(0)) }
