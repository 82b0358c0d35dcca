package workspace

import "path/filepath"

// These two functions ask whether a file of the machine is in a folder, both as
// the two are written and where their links lead. They differ in what they say
// where that cannot be told: choose the one whose mistake does no harm.

// Below returns the path of a file below a folder, with slashes, "." for the
// folder itself. It is not there (ok is false) where a path that has to be
// followed does not exist.
func Below(dir, file string) (name string, ok bool) {
	for _, resolve := range []func(string) (string, error){filepath.Abs, realPath} {
		if name, err := relative(dir, file, resolve); err == nil && filepath.IsLocal(name) {
			return filepath.ToSlash(name), true
		}
	}
	return "", false
}

// MayHold reports whether a folder holds a file; what cannot be told it does. It
// is for programs and credentials that a change must not have put there.
func MayHold(dir, file string) bool {
	for _, resolve := range []func(string) (string, error){filepath.Abs, realPath} {
		if name, err := relative(dir, file, resolve); err != nil || filepath.IsLocal(name) {
			return true
		}
	}
	return false
}

func relative(dir, file string, resolve func(string) (string, error)) (string, error) {
	dir, err := resolve(dir)
	if err != nil {
		return "", err
	}
	if file, err = resolve(file); err != nil {
		return "", err
	}
	return filepath.Rel(dir, file)
}

// realPath returns the absolute path without links.
func realPath(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}
