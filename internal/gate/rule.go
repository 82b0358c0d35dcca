package gate

// A Rule documents one rule. The value stands beside the code that checks it;
// `rules`, `explain`, docs/checks.md and SARIF help print from it. Ids are
// never reused.
type Rule struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"` // what is demanded, without a full stop
	Severity    Severity `json:"severity"`
	Layer       Layer    `json:"layer"`
	Stage       string   `json:"stage"`
	Why         string   `json:"why"`         // what can go wrong, in one or two sentences
	Bad         string   `json:"bad"`         // a minimal input that the rule finds
	Good        string   `json:"good"`        // the same, corrected
	Remediation string   `json:"remediation"` // the next action, in one sentence
	Controls    []string `json:"controls,omitempty"`
	URL         string   `json:"url,omitempty"`
}
