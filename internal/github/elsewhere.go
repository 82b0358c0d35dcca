package github

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// TrustedRef is the variable by which a CI system that portcullis does not know
// says that the build is one of a protected branch or tag. It counts for nothing
// where there is a trace of a change that is not merged, and in GitHub Actions
// and GitLab, which say it themselves.
const TrustedRef = "PORTCULLIS_TRUSTED_REF"

// systems are variables that say that a CI system runs the process and no person
// at a machine. KUBERNETES_SERVICE_HOST is in every pod: Tekton, Prow and Argo
// set nothing else.
var systems = []string{
	"GITLAB_CI", "CI_PIPELINE_SOURCE", "JENKINS_URL", "TF_BUILD", "BUILDKITE", "CIRCLECI", "TRAVIS", "DRONE", "CI_PIPELINE_EVENT",
	"BITBUCKET_BUILD_NUMBER", "CODEBUILD_BUILD_ID", "TEAMCITY_VERSION", "APPVEYOR", "SEMAPHORE", "CIRRUS_CI", "PROW_JOB_ID",
	"bamboo_buildKey", "GO_PIPELINE_NAME", "HARNESS_BUILD_ID", "SCREWDRIVER", "BUDDY",
	"KUBERNETES_SERVICE_HOST", "CI",
}

// changes are variables that are set in a build of a change that is not merged,
// to something other than "false".
var changes = []string{
	"CI_MERGE_REQUEST_IID", "CI_EXTERNAL_PULL_REQUEST_IID", "CHANGE_ID", "ghprbPullId", "SYSTEM_PULLREQUEST_PULLREQUESTID",
	"BUILDKITE_PULL_REQUEST", "CIRCLE_PULL_REQUEST", "CIRCLE_PR_NUMBER", "TRAVIS_PULL_REQUEST", "DRONE_PULL_REQUEST",
	"CI_COMMIT_PULL_REQUEST", "BITBUCKET_PR_ID", "APPVEYOR_PULL_REQUEST_NUMBER", "SEMAPHORE_GIT_PR_NUMBER", "CIRRUS_PR", "PULL_NUMBER",
	"bamboo_repository_pr_key", "SD_PULL_REQUEST", "BUDDY_EXECUTION_PULL_REQUEST_ID",
}

// Automated reports whether a CI system runs the process, or a change that is not
// merged is built, and not a person at a machine.
func Automated(getenv func(string) string) bool {
	return InActions(getenv) || first(getenv, systems) != "" || first(getenv, changes) != ""
}

// first returns the first of some variables that is set, and not to "false".
func first(getenv func(string) string, names []string) string {
	for _, name := range names {
		if v := getenv(name); v != "" && v != "false" && v != "0" {
			return name
		}
	}
	return ""
}

// elsewhere reads what is known outside of GitHub Actions. Whatever is found
// takes trust away and never gives any: a local run may sign, a CI system has to
// say that the ref is protected, and a change that is not merged never signs.
func elsewhere(getenv func(string) string) Event {
	system, change := first(getenv, systems), first(getenv, changes)
	if strings.HasPrefix(getenv("CI_PIPELINE_SOURCE"), "merge_request") || strings.HasPrefix(getenv("CI_PIPELINE_SOURCE"), "external_pull") {
		change = cmp.Or(change, "CI_PIPELINE_SOURCE")
	}
	var e Event
	gitlab := system == "GITLAB_CI" || system == "CI_PIPELINE_SOURCE" || strings.HasPrefix(change, "CI_MERGE_REQUEST")
	if gitlab {
		e = gitlabEvent(getenv, change != "")
	}
	switch {
	case change != "":
		e.untrusted = fmt.Sprintf("a change is checked before anybody agreed to it (%s is set)", change)
	case system == "":
		e.trusted = true
	case gitlab && !e.RefProtected:
		e.untrusted = "the pipeline is not one of a protected branch or tag (CI_COMMIT_REF_PROTECTED is not true)"
	case !gitlab && getenv(TrustedRef) != "true":
		e.untrusted = fmt.Sprintf("a CI system runs this (%s is set), and %s=true does not say that the ref is protected", system, TrustedRef)
	default:
		e.trusted = true
	}
	return e
}

// gitlabEvent is a pipeline of GitLab. For a merge request SHA is its newest
// commit and BaseSHA where it is to be merged, or where it left.
func gitlabEvent(getenv func(string) string, change bool) Event {
	hash := func(names ...string) string {
		for _, name := range names {
			if v := getenv(name); commit.MatchString(v) && strings.Trim(v, "0") != "" {
				return v
			}
		}
		return ""
	}
	e := Event{
		Context: gate.Context{
			Event: getenv("CI_PIPELINE_SOURCE"), Repository: getenv("CI_PROJECT_PATH"), SHA: hash("CI_COMMIT_SHA"), BaseSHA: hash("CI_COMMIT_BEFORE_SHA"),
		},
		Ref: getenv("CI_COMMIT_REF_NAME"), RefProtected: getenv("CI_COMMIT_REF_PROTECTED") == "true",
		DefaultBranch: getenv("CI_DEFAULT_BRANCH"), change: change,
	}
	if !change {
		return e
	}
	e.Context.SHA = hash("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA")
	e.Context.BaseSHA = hash("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "CI_MERGE_REQUEST_DIFF_BASE_SHA")
	e.Fork = getenv("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH") != e.Context.Repository
	if n, err := strconv.Atoi(getenv("CI_MERGE_REQUEST_IID")); err == nil && n > 0 {
		e.Context.PullRequest = n
	}
	return e
}
