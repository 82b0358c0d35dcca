package lockfile

import "sync"

// Files reads each file of a tree once. Its methods may be called at once from
// several goroutines.
type Files struct {
	read  func(name string) ([]byte, error)
	mu    sync.Mutex
	known map[string]*Index

	parents map[string]string
}

// NewFiles returns the files that read reads.
func NewFiles(read func(name string) ([]byte, error)) *Files {
	return &Files{read: read, known: map[string]*Index{}, parents: map[string]string{}}
}

// Index returns what a file names: nothing, where it cannot be read or its format
// is not known.
func (f *Files) Index(name string) *Index {
	f.mu.Lock()
	defer f.mu.Unlock()
	x, ok := f.known[name]
	if !ok {
		if text, err := f.read(name); err == nil {
			x = Read(name, text)
		}
		f.known[name] = x
	}
	return x
}

// Parent returns where a pom.xml says that its parent is, as [Parent] does: "" where
// it cannot be read.
func (f *Files) Parent(name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	parent, ok := f.parents[name]
	if !ok {
		if text, err := f.read(name); err == nil {
			parent = Parent(text)
		}
		f.parents[name] = parent
	}
	return parent
}
