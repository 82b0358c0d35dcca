package github

import (
	"maps"
	"strings"
	"testing"
)

// gitlab is the environment of a job of a GitLab pipeline.
func gitlab(more map[string]string) map[string]string {
	env := map[string]string{
		"CI": "true", "GITLAB_CI": "true", "CI_PROJECT_PATH": "acme/shop", "CI_COMMIT_SHA": head, "CI_COMMIT_BEFORE_SHA": zeros,
		"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_REF_NAME": "main", "CI_COMMIT_REF_PROTECTED": "true",
	}
	maps.Copy(env, more)
	return env
}

func TestR02Elsewhere(t *testing.T) {
	const stated = "PORTCULLIS_TRUSTED_REF"
	for _, test := range []struct {
		name string
		env  map[string]string
		why  string // "": may sign
	}{
		{name: "local"},
		{name: "local, with a wish", env: map[string]string{"CI": "false", "TRAVIS_PULL_REQUEST": "false"}},

		{name: "GitLab, protected", env: gitlab(nil)},
		{name: "GitLab, not protected", env: gitlab(map[string]string{"CI_COMMIT_REF_PROTECTED": "false"}), why: "not one of a protected branch"},
		{name: "GitLab, nothing said", env: map[string]string{"GITLAB_CI": "true"}, why: "not one of a protected branch"},
		{name: "GitLab, stated by itself", env: map[string]string{"GITLAB_CI": "true", stated: "true"}, why: "not one of a protected branch"},
		{name: "merge request of a protected branch", env: gitlab(map[string]string{"CI_MERGE_REQUEST_IID": "7"}), why: "CI_MERGE_REQUEST_IID"},
		{name: "merge request without its number", env: gitlab(map[string]string{"CI_PIPELINE_SOURCE": "merge_request_event"}), why: "CI_PIPELINE_SOURCE"},
		{name: "merge request that hides GitLab", env: map[string]string{"CI_MERGE_REQUEST_IID": "7"}, why: "CI_MERGE_REQUEST_IID"},
		{name: "pull request of a mirror", env: gitlab(map[string]string{"CI_EXTERNAL_PULL_REQUEST_IID": "7"}), why: "CI_EXTERNAL_PULL_REQUEST_IID"},

		{name: "Jenkins", env: map[string]string{"JENKINS_URL": "https://ci"}, why: "JENKINS_URL is set"},
		{name: "Jenkins, stated", env: map[string]string{"JENKINS_URL": "https://ci", stated: "true"}},
		{name: "Jenkins, stated in a pull request", env: map[string]string{"JENKINS_URL": "https://ci", stated: "true", "CHANGE_ID": "7"}, why: "CHANGE_ID"},
		{name: "Jenkins, not quite stated", env: map[string]string{"JENKINS_URL": "https://ci", stated: "yes"}, why: "does not say"},
		{name: "Bamboo", env: map[string]string{"bamboo_buildKey": "SHOP-1"}, why: "bamboo_buildKey is set"},
		{name: "Bamboo, stated in a pull request", env: map[string]string{"bamboo_buildKey": "SHOP-1", stated: "true", "bamboo_repository_pr_key": "7"}, why: "bamboo_repository_pr_key"},
		{name: "GoCD", env: map[string]string{"GO_PIPELINE_NAME": "shop"}, why: "GO_PIPELINE_NAME is set"},
		{name: "Tekton", env: map[string]string{"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, why: "KUBERNETES_SERVICE_HOST"},
		{name: "Azure", env: map[string]string{"TF_BUILD": "True", stated: "true", "SYSTEM_PULLREQUEST_PULLREQUESTID": "7"}, why: "SYSTEM_PULLREQUEST"},
		{name: "unknown system", env: map[string]string{"CI": "1"}, why: "CI is set"},
		{name: "pull request of an unknown system", env: map[string]string{"PULL_NUMBER": "7", stated: "true"}, why: "PULL_NUMBER"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e, err := step{env: test.env}.read()
			if err != nil {
				t.Fatal(err)
			}
			if got := e.Untrusted(); (got == "") != (test.why == "") || !strings.Contains(got, test.why) {
				t.Errorf("Untrusted() = %q, want %q", got, test.why)
			}
			if got, want := Automated(func(name string) string { return test.env[name] }), !strings.HasPrefix(test.name, "local"); got != want {
				t.Errorf("Automated() = %t, want %t", got, want)
			}
		})
	}
}

// TestR02DetectionOnlyRemovesTrust holds that no variable of another CI system
// makes a step of Actions trusted, and that none makes any event more trusted
// that is a change.
func TestR02DetectionOnlyRemovesTrust(t *testing.T) {
	s := on("pull_request", "refs/pull/7/merge", pull("evil/shop"))
	maps.Copy(s.env, gitlab(map[string]string{TrustedRef: "true"}))
	if e, err := s.read(); err != nil || e.Untrusted() == "" || !e.Change() {
		t.Errorf("a pull request with variables of GitLab is trusted (%v)", err)
	}
	for _, change := range changes {
		for _, system := range systems {
			e, _ := step{env: map[string]string{change: "7", system: "true", TrustedRef: "true", "CI_COMMIT_REF_PROTECTED": "true"}}.read()
			if e.Untrusted() == "" {
				t.Errorf("%s and %s: trusted", change, system)
			}
		}
	}
}

func TestR01MergeRequestIsAChange(t *testing.T) {
	e, err := step{env: gitlab(map[string]string{
		"CI_MERGE_REQUEST_IID": "7", "CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_SHA": merge,
		"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": head, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": base, "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "evil/shop",
	})}.read()
	c := e.Context
	if err != nil || !e.Change() || !e.Fork || c.SHA != head || c.BaseSHA != base || c.PullRequest != 7 || c.Repository != "acme/shop" {
		t.Errorf("got %+v, %v", e, err)
	}
	// A pipeline of merged results is off: the checked-out commit is the head.
	e, _ = step{env: gitlab(map[string]string{"CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": ""})}.read()
	if e.Context.SHA != head || e.Context.BaseSHA != base {
		t.Errorf("got %+v", e.Context)
	}
}
