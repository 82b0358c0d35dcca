// Package report turns a [gate.Report] into what people and machines read, one
// file per format. Formats are pure: a report and options in, bytes out; the
// same input gives the same bytes. Nothing here posts, asks for the time or
// reads the environment.
//
// The strings of a report come from the files that were checked. Every one of
// them goes through the escaper of its sink, in escape.go, and by no other way.
package report
