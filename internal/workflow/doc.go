// Package workflow is the stage that checks the workflows which run the gate. A
// check that is skipped, or whose failure does not count, is green on GitHub:
// what a workflow says of the gate's job decides whether the gate closes
// anything at all.
package workflow
