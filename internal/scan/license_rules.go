package scan

import "github.com/portcullis-ci/portcullis/internal/gate"

const licensePolicy = "https://opensource.google/documentation/reference/thirdparty/licenses"

// licenseRules are about the categories of licences that a package may be under.
var licenseRules = []gate.Rule{
	{
		ID: "license/forbidden", Title: "No package is under a licence that forbids its use",
		Severity: gate.Critical, Layer: gate.Container, Stage: "scan", URL: licensePolicy,
		Why:         "Licences such as the AGPL reach what is offered over a network, and those without commercial use what is sold: whoever ships the image may have to publish its source, or may not ship it.",
		Bad:         `{"name": "acme-charts", "license": "AGPL-3.0-only"}`,
		Good:        `{"name": "acme-charts", "license": "MIT"}`,
		Remediation: "replace the package by one under another licence",
	},
	{
		ID: "license/restricted", Title: "No package is under a licence that demands its source to be shipped",
		Severity: gate.High, Layer: gate.Container, Stage: "scan", URL: licensePolicy,
		Why:         "Whoever hands on a program under a licence such as the GPL has to offer the source, and that of what is linked with it.",
		Bad:         `{"name": "acme-pdf", "license": "GPL-3.0-or-later"}`,
		Good:        `{"name": "acme-pdf", "license": "BSD-3-Clause"}`,
		Remediation: "replace the package, or offer its source and waive the finding with that reason",
	},
	{
		ID: "license/reciprocal", Title: "No package is under a licence that demands changes to be published",
		Severity: gate.Medium, Layer: gate.Container, Stage: "scan", URL: licensePolicy,
		Why:         "Files under a licence such as the MPL stay under it: changes to them have to be published with the program.",
		Bad:         `{"name": "acme-css", "license": "MPL-2.0"}`,
		Good:        `{"name": "acme-css", "license": "Apache-2.0"}`,
		Remediation: "leave the package unchanged and waive the finding, or publish the changes",
	},
	{
		ID: "license/unknown", Title: "Every licence of a package is known",
		Severity: gate.Medium, Layer: gate.Container, Stage: "scan", URL: licensePolicy,
		Why:         "What a licence that nobody has classified asks for, nobody has read.",
		Bad:         `{"name": "acme-left", "license": "SEE LICENSE IN file"}`,
		Good:        `{"name": "acme-left", "license": "MIT"}`,
		Remediation: "read the licence, then waive the finding or replace the package",
	},
}
