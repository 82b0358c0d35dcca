package image

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// unpackedRoom is how many bytes of unpacked layers a pool keeps. To unpack a
// layer twice takes longer than everything else that is done with it.
const unpackedRoom = 512 << 20

// free is how many bytes there is room for on the disk of a folder.
func free(dir string) int64 {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0
	}
	return int64(disk.Bavail) * disk.Bsize
}

// A spill keeps the unpacked bytes of a layer while they are verified, for who
// reads them after that. It is given up where there is no room, on the disk or in
// the pool: it is never why something fails. The nil spill keeps nothing.
type spill struct {
	file *os.File // nil: given up
	room *atomic.Int64
	n    int64
}

// spill returns one for a layer, nil if there is no room.
func (p *Pool) spill(digest v1.Hash) *spill {
	if p.room.Load() <= 0 {
		return nil
	}
	file, err := os.OpenFile(p.unpacked(digest), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil
	}
	return &spill{file: file, room: &p.room}
}

// unpacked is the path of what a layer unpacks to.
func (p *Pool) unpacked(digest v1.Hash) string { return p.path(digest) + ".unpacked" }

// Write keeps b, or gives up; it takes everything.
func (s *spill) Write(b []byte) (int, error) {
	if s == nil || s.file == nil {
		return len(b), nil
	}
	s.n += int64(len(b))
	if s.room.Add(-int64(len(b))) < 0 {
		s.drop()
	} else if _, err := s.file.Write(b); err != nil {
		s.drop()
	}
	return len(b), nil
}

// drop removes what was kept.
func (s *spill) drop() {
	if s == nil || s.file == nil {
		return
	}
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
	s.room.Add(s.n)
	s.file = nil
}

// keep ends the spill: all of the layer was written to it.
func (s *spill) keep() {
	if s == nil || s.file == nil {
		return
	}
	if err := s.file.Close(); err != nil {
		_ = os.Remove(s.file.Name())
	}
	s.file = nil
}

// unpackedFolder is the folder beside a layout that has unpacked layers in it.
const unpackedFolder = "unpacked"

// linkUnpacked gives a layout what is kept of its unpacked layers.
func (s *store) linkUnpacked(layers []v1.Descriptor, diffIDs []v1.Hash, dir string) error {
	target := filepath.Join(dir, unpackedFolder)
	if err := os.Mkdir(target, 0o700); err != nil {
		return err
	}
	for i, layer := range layers {
		_ = os.Link(s.pool.unpacked(layer.Digest), filepath.Join(target, diffIDs[i].Hex)) // it may be there, or not be kept
	}
	return nil
}

// Unpacked opens what a layer of the platform unpacks to, which was verified as it
// was written. The error wraps [fs.ErrNotExist] if it was not kept.
func (p Platform) Unpacked(diffID v1.Hash) (*os.File, error) {
	if p.Layout == "" {
		return nil, fs.ErrNotExist
	}
	return os.Open(filepath.Join(p.Layout, unpackedFolder, diffID.Hex))
}
