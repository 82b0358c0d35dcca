// Package scan is the stage that looks for vulnerabilities and secrets in
// container images, with Trivy. It decides itself what Trivy leaves open: an
// image of which nothing is known, an empty or old database, a file that could
// not be read and a platform that was left out are errors, never a pass.
//
// This is the only package that knows Trivy, and none of Trivy's types is in
// its exported names. Trivy's database handle and its log belong to the whole
// process, so one scan runs at a time.
package scan
