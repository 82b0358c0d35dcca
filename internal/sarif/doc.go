// Package sarif is the stage "import": it takes what other tools found, in
// files of SARIF 2.1.0, into the verdict of this gate.
//
// A file says what its author wants it to say, and nobody can tell from it what
// was left out. What can be told is: a file that cannot be read, a run that did
// not end well, a run without a list of results and a tool that reports an
// error of its own are errors of the stage, never a pass.
package sarif
