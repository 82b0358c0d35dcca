package image

import (
	"cmp"
	"errors"
	"fmt"
	"sync/atomic"
)

// Limits bound what an image may cost. A zero field means the default.
type Limits struct {
	Manifest     int64 // bytes of one manifest, index or configuration; 8 MiB
	Compressed   int64 // bytes of all blobs as they are stored; 16 GiB
	Uncompressed int64 // bytes of all layers unpacked; 64 GiB
	// Ratio is how many times larger than its blob a layer may be; 200. It counts
	// from RatioFloor bytes on, so that small layers of zeros pass; 256 MiB.
	Ratio, RatioFloor int64
	Entries           int64 // files of all layers; 1,000,000
	Platforms         int   // manifests of an index; 128
	Depth             int   // indexes within indexes; 2
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Manifest:     cmp.Or(l.Manifest, 8<<20),
		Compressed:   cmp.Or(l.Compressed, 16<<30),
		Uncompressed: cmp.Or(l.Uncompressed, 64<<30),
		Ratio:        cmp.Or(l.Ratio, 200),
		RatioFloor:   cmp.Or(l.RatioFloor, 256<<20),
		Entries:      cmp.Or(l.Entries, 1_000_000),
		Platforms:    cmp.Or(l.Platforms, 128),
		Depth:        cmp.Or(l.Depth, 2),
	}
}

// ErrLimit is what every error about a limit wraps.
var ErrLimit = errors.New("limit exceeded")

// A budget counts what an image has cost so far. Layers that platforms share
// count once. It may be used by several goroutines.
type budget struct {
	limits                            Limits
	compressed, uncompressed, entries atomic.Int64
}

func (b *budget) addCompressed(n int64) error {
	return spend(&b.compressed, n, b.limits.Compressed, "bytes of compressed layers")
}

func (b *budget) addUncompressed(n int64) error {
	return spend(&b.uncompressed, n, b.limits.Uncompressed, "bytes of unpacked layers")
}

func (b *budget) addEntry() error {
	return spend(&b.entries, 1, b.limits.Entries, "files in layers")
}

// stream checks how much of one layer has been read.
func (b *budget) stream(compressed, uncompressed int64) error {
	if uncompressed > b.limits.Uncompressed {
		return fmt.Errorf("%w: more than %d bytes in one layer", ErrLimit, b.limits.Uncompressed)
	}
	return b.ratio(compressed, uncompressed)
}

func (b *budget) ratio(compressed, uncompressed int64) error {
	if uncompressed > b.limits.RatioFloor && uncompressed/b.limits.Ratio > compressed {
		return fmt.Errorf("%w: a layer unpacks to more than %d times its size", ErrLimit, b.limits.Ratio)
	}
	return nil
}

// spend adds n, which may come from a hostile header, without overflow.
func spend(counter *atomic.Int64, n, limit int64, what string) error {
	if n < 0 || n > limit || counter.Add(n) > limit {
		return fmt.Errorf("%w: more than %d %s", ErrLimit, limit, what)
	}
	return nil
}
