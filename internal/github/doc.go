// Package github is what portcullis knows of GitHub Actions: the event that
// started the run and whether it can be trusted, the inputs of the action, its
// outputs, the job summary and the masks of the log.
//
// It reads the environment through functions that it is given, writes the files
// of GITHUB_OUTPUT and GITHUB_STEP_SUMMARY and no other, and never those of
// GITHUB_ENV and GITHUB_PATH, which later steps on the host obey.
package github
