package scan

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// settled is how long a file must not have changed when it is read, so that what
// it looks like from outside tells a later change: clocks of file systems tick
// slowly.
const settled = time.Second

// A look is what a file looks like from outside. Whoever changes its bytes
// changes that: nobody but the system sets the time of the last change.
type look struct {
	Path    string
	Size    int64
	Device  uint64
	Inode   uint64
	Changed int64 // ns since 1970
}

// A sight is a file and the digest of its bytes.
type sight struct {
	Look  look
	Sum   string
	known bool // by an earlier run, which found nothing wrong with it
	fresh bool // too fresh to tell it from one that is written at the same time
}

// lookAt returns what a file looks like.
func lookAt(file *os.File) (look, error) {
	path, err := filepath.Abs(file.Name())
	if err != nil {
		return look{}, err
	}
	info, err := file.Stat()
	if err != nil {
		return look{}, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return look{}, fmt.Errorf("nothing is known of %q", path)
	}
	return look{
		Path: path, Size: info.Size(), Device: uint64(stat.Dev), Inode: stat.Ino,
		Changed: time.Unix(stat.Ctim.Unix()).UnixNano(),
	}, nil
}

// read returns the digest of a file. One that an earlier run has read, and that
// has not changed since, is not read again.
func (s *Stage) read(path string) (sight, error) {
	if seen := s.knownFile(path); seen.known {
		return seen, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return sight{}, err
	}
	defer file.Close()
	before, err := lookAt(file)
	if err != nil {
		return sight{}, err
	}
	fresh := time.Since(time.Unix(0, before.Changed)) < settled
	sum, err := hash(file)
	return sight{Look: before, Sum: sum, fresh: fresh}, err
}

// knownFile returns what an earlier run kept about a file; the zero value if it
// kept nothing, or the file was changed since.
func (s *Stage) knownFile(path string) sight {
	if s.shelf == nil {
		return sight{}
	}
	file, err := os.Open(path)
	if err != nil {
		return sight{}
	}
	defer file.Close()
	now, err := lookAt(file)
	if err != nil {
		return sight{}
	}
	var seen sight
	raw, err := s.shelf.get("file\n" + now.Path)
	if err != nil || json.Unmarshal(raw, &seen) != nil || seen.Look != now {
		return sight{}
	}
	seen.known = true
	return seen
}

// saw keeps for the next run that there is nothing wrong with a file.
func (s *Stage) saw(seen sight) {
	if s.shelf == nil || seen.known || seen.fresh {
		return
	}
	raw, err := json.Marshal(seen)
	if err == nil {
		err = s.shelf.put("file\n"+seen.Look.Path, raw)
	}
	if err != nil {
		s.o.Log.Debug("keeping the digest of a file", "path", seen.Look.Path, "err", err)
	}
}
