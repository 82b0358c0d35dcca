package github

// payload is the part of the event file that is used.
type payload struct {
	Repository  repository   `json:"repository"`
	Before      string       `json:"before"`
	Deleted     bool         `json:"deleted"`
	PullRequest *pullRequest `json:"pull_request"`
	MergeGroup  struct {
		HeadRef string `json:"head_ref"`
		HeadSHA string `json:"head_sha"`
		BaseSHA string `json:"base_sha"`
	} `json:"merge_group"`
	WorkflowRun struct {
		ID             int64      `json:"id"`
		Attempt        int        `json:"run_attempt"`
		Path           string     `json:"path"`
		Conclusion     string     `json:"conclusion"`
		Event          string     `json:"event"`
		HeadSHA        string     `json:"head_sha"`
		HeadBranch     string     `json:"head_branch"`
		HeadRepository repository `json:"head_repository"`
		PullRequests   []struct {
			Number int `json:"number"`
		} `json:"pull_requests"`
	} `json:"workflow_run"`
	Issue struct {
		Number      int       `json:"number"`
		PullRequest *struct{} `json:"pull_request"`
	} `json:"issue"`
}

type repository struct {
	FullName      string `json:"full_name"`
	DefaultBranch string `json:"default_branch"`
}

type pullRequest struct {
	Number int `json:"number"`
	Head   struct {
		SHA  string     `json:"sha"`
		Repo repository `json:"repo"`
	} `json:"head"`
	Base struct {
		SHA string `json:"sha"`
	} `json:"base"`
}

// finished is the run that a workflow_run event follows.
func (p payload) finished() *FinishedRun {
	r := p.WorkflowRun
	return &FinishedRun{
		ID: r.ID, Attempt: r.Attempt, Path: r.Path, Event: r.Event, Conclusion: r.Conclusion,
		HeadSHA: r.HeadSHA, HeadBranch: r.HeadBranch, HeadRepository: r.HeadRepository.FullName,
	}
}
