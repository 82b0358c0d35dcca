// Package image turns a reference to a container image into bytes that can be
// trusted: a reference is resolved once, to a digest; everything else is asked
// for by digest and checked against it while it is written; and what remains is
// one OCI layout for each platform, in a temporary folder. Nobody after this
// package talks to a registry.
//
// It also says which line of the repository brought a package into an image.
package image
