package manifest

import "fmt"

// The limits of a file. A file beyond them is an error that names the limit,
// and is never checked in part.
const (
	maxSize      = 16 << 20  // bytes
	maxYAML      = 8 << 20   // bytes of one YAML document: its nodes take a hundred times as much
	maxDocuments = 10_000    // of one file
	maxDepth     = 500       // of nested values
	maxValues    = 2_000_000 // of one document, counting what aliases stand for
)

var (
	errSize      = fmt.Errorf("larger than the limit of %d MiB for a manifest", maxSize>>20)
	errYAML      = fmt.Errorf("larger than the limit of %d MiB for a YAML document", maxYAML>>20)
	errDocuments = fmt.Errorf("more than %d documents in one file", maxDocuments)
	errDepth     = fmt.Errorf("nested deeper than %d levels", maxDepth)
	errValues    = fmt.Errorf("more than %d values in one document, counting what aliases stand for", maxValues)
)
