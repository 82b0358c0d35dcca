// Package syntax reads Dockerfiles with the place of everything in them.
//
// BuildKit's parser decides what a Dockerfile says and whether it is one at
// all. What it does not keep is where things stand: this package finds each
// word again in the bytes of the file, through line continuations, comments
// between them and heredocs, and reads the shell scripts of RUN instructions
// with the same care.
package syntax
