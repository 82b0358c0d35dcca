package sarif

import "encoding/json/jsontext"

// The part of SARIF 2.1.0 that decides about findings. Everything else in a
// file, and above all in its property bags, may have any shape.
type (
	log struct {
		Version string `json:"version"`
		Runs    []run  `json:"runs"`
	}

	run struct {
		Tool        tool                `json:"tool"`
		Invocations []invocation        `json:"invocations"`
		Results     *[]result           `json:"results"`
		Bases       map[string]artifact `json:"originalUriBaseIds"`
		Artifacts   []struct {
			Location artifact `json:"location"`
		} `json:"artifacts"`
		ColumnKind string `json:"columnKind"`
		External   *struct {
			Results []jsontext.Value `json:"results"`
		} `json:"externalPropertyFileReferences"`
	}

	tool struct {
		Driver     component   `json:"driver"`
		Extensions []component `json:"extensions"`
	}

	component struct {
		Name            string `json:"name"`
		Version         string `json:"version"`
		SemanticVersion string `json:"semanticVersion"`
		Rules           []rule `json:"rules"`
	}

	rule struct {
		ID       string             `json:"id"`
		Name     string             `json:"name"`
		Short    message            `json:"shortDescription"`
		HelpURI  string             `json:"helpUri"`
		Messages map[string]message `json:"messageStrings"`
		Default  struct {
			Level string `json:"level"`
		} `json:"defaultConfiguration"`
		Properties properties `json:"properties"`
	}

	invocation struct {
		Successful    *bool          `json:"executionSuccessful"`
		ExitCode      *int           `json:"exitCode"`
		Signal        string         `json:"exitSignalName"`
		Execution     []notification `json:"toolExecutionNotifications"`
		Configuration []notification `json:"toolConfigurationNotifications"`
	}

	notification struct {
		Level     string     `json:"level"`
		Message   message    `json:"message"`
		Locations []location `json:"locations"`
	}

	result struct {
		RuleID string `json:"ruleId"`
		Index  *int   `json:"ruleIndex"`
		Rule   struct {
			ID        string `json:"id"`
			Index     *int   `json:"index"`
			Component *struct {
				Index *int   `json:"index"`
				Name  string `json:"name"`
			} `json:"toolComponent"`
		} `json:"rule"`
		Kind         string        `json:"kind"`
		Level        string        `json:"level"`
		Message      message       `json:"message"`
		Locations    []location    `json:"locations"`
		Suppressions []suppression `json:"suppressions"`
		Baseline     string        `json:"baselineState"`
		Properties   properties    `json:"properties"`
	}

	suppression struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}

	message struct {
		Text      string   `json:"text"`
		ID        string   `json:"id"`
		Arguments []string `json:"arguments"`
	}

	location struct {
		Physical struct {
			Artifact artifact `json:"artifactLocation"`
			Region   region   `json:"region"`
		} `json:"physicalLocation"`
		Logical []struct {
			Name string `json:"name"`
			Full string `json:"fullyQualifiedName"`
		} `json:"logicalLocations"`
	}

	artifact struct {
		URI   string `json:"uri"`
		Base  string `json:"uriBaseId"`
		Index *int   `json:"index"`
	}

	region struct {
		Line      int `json:"startLine"`
		Column    int `json:"startColumn"`
		EndLine   int `json:"endLine"`
		EndColumn int `json:"endColumn"`
	}

	// properties are the members of a property bag that tools agree on. Their
	// values are read one by one: another shape is no reason to refuse a file.
	properties map[string]jsontext.Value
)
