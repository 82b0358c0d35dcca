// Package gate is the vocabulary of portcullis and its heart: findings and
// where they are, stages and what they return, the verdict, and the report.
//
// It imports the standard library only, so every other package can import it.
package gate
