package report

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

const (
	indexDigest = "sha256:4bcff63911fcb4448bd4fdacec207030997caf25e9bea4045fa6c8c44de311d1"
	amd64Digest = "sha256:9b2a28eb47540823042a2ba401386845089bb7b62a9637d55816132c4c3c36eb"
	arm64Digest = "sha256:1ff6c18fbef2045af6b9c16bf034cc421a29027b800e4f9b68ae9b1cb3e9ae07"
)

// at places a finding.
func at(path string, line, column, endColumn int, object string) gate.Location {
	return gate.Location{
		Path:   path,
		Range:  gate.Range{Line: line, Column: column, EndLine: line, EndColumn: endColumn},
		Object: object,
	}
}

// closed is the report of a run that found faults of every kind.
func closed() gate.Report {
	return gate.Report{
		Schema: gate.Schema, Tool: gate.Tool{Name: "portcullis", Version: "0.1.0"},
		Verdict: gate.Error, ExitCode: gate.ExitIncomplete, Threshold: gate.High,
		Context: gate.Context{
			Event: "pull_request", Repository: "acme/shop", PullRequest: 7,
			SHA: "3f2a9c14d0b1e5a6c7d8e9f00112233445566778", BaseSHA: "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3",
		},
		Stages: []gate.StageReport{policyStage(), dockerfileStage(), scanStage(), {
			Name: "sign", Verdict: gate.Skipped, Reason: "the policy stage did not pass: error", Findings: []gate.Finding{},
		}},
		Images: []gate.Image{{
			Reference: "registry.example/shop:1.4", Digest: indexDigest, Base: "alpine:3.18.4",
			Platforms: []gate.Platform{
				{Name: "linux/amd64", Digest: amd64Digest, Verdict: gate.Failed, OS: "alpine 3.18.4", Packages: 34, Ecosystems: map[string]int{"npm": 14, "alpine": 20},
					Unreadable: []string{"app/node_modules/a/package.json", "app/\x1b[31mb.jar", "c|d", "e", "f"},
					SBOM:       &gate.SBOM{Format: "cyclonedx", Digest: amd64Digest, File: "out/shop_linux-amd64_0a1b.cdx.json"}},
				{Name: "linux/arm64/v8", Digest: arm64Digest, Verdict: gate.Passed, OS: "alpine 3.18.4", Packages: 33},
			},
		}},
		Provenance: gate.Provenance{
			Database: &gate.Database{Digest: indexDigest, UpdatedAt: time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC), Source: "dir:db"},
			Policies: &gate.Policies{Digest: amd64Digest},
			Config:   &gate.Config{Digest: arm64Digest, Source: "portcullis.yaml"},
		},
	}
}

func policyStage() gate.StageReport {
	web := at("deploy/web.yaml", 23, 23, 27, "Deployment/shop/web")
	return gate.StageReport{
		Name: "policy", Verdict: gate.Error, Duration: 48,
		Error: "deploy/broken.yaml:7:3: parsing YAML: did not find expected key",
		Failures: []gate.Failure{{
			Location: gate.Location{Path: "deploy/broken.yaml", Range: gate.Range{Line: 7, Column: 3}},
			Message:  "parsing YAML: did not find expected key\nwhile reading a block mapping", Hint: "indent the key like its neighbours",
		}},
		Notes:   []string{"2 files hold no Kubernetes object and were not checked"},
		Checked: gate.Checked{Files: 3, Objects: 5, Rules: 60},
		Findings: []gate.Finding{
			{
				Rule: "rego/main/deny", Severity: gate.Low, Layer: gate.Cluster, Title: "deny", Message: `Service "web" has no owner label`,
				Location: at("deploy/service.yaml", 3, 1, 9, "Service/shop/web"), Source: "metadata:", Fingerprint: "b1/1",
			},
			{
				Rule: "PC1001", Severity: gate.Critical, Layer: gate.Cluster, Title: "Containers are not privileged",
				Message: `container "web" is privileged: it has every right of the host`, Hint: `remove "privileged" or set it to false`,
				Location: web, Source: "          privileged: true", Also: []string{"pss/privileged"},
				Controls: []string{"cis-k8s-5.2.1"}, Fingerprint: "a1/1",
			},
			{
				Rule: "pss/privileged", Severity: gate.Critical, Layer: gate.Cluster, Title: "Baseline: privileged",
				Message: `container "web" must not be privileged`, Location: web, Source: "          privileged: true",
				Also: []string{"PC1001"}, Fingerprint: "a2/1",
			},
			{
				Rule: "PC1204", Severity: gate.High, Layer: gate.Cluster, Title: "Volumes do not mount the host",
				Message: `volume "データ" mounts /var/run of the host`, Hint: "use an emptyDir volume",
				Location: at("deploy/web.yaml", 41, 12, 32, "Deployment/shop/web"), Source: "\t- データ: {hostPath: {path: /var/run}}", Fingerprint: "a3/1",
			},
			{
				Rule: "PC1300", Severity: gate.High, Layer: gate.Cluster, Title: "Objects set limits", Status: gate.Waived,
				Message: `container "web" has no memory limit`, Location: at("deploy/web.yaml", 19, 9, 13, "Deployment/shop/web"), Fingerprint: "a4/1",
				Waiver: &gate.Waiver{Justification: "a debug pod, gone with 2.0", Source: ".portcullis/waivers.yaml", Line: 3, Owner: "@acme/platform", Expires: "2026-12-31"},
			},
		},
	}
}

func dockerfileStage() gate.StageReport {
	return gate.StageReport{
		Name: "dockerfile", Verdict: gate.Passed, Duration: 3, Checked: gate.Checked{Files: 1, Rules: 15},
		Findings: []gate.Finding{{
			Rule: "DL3007", Severity: gate.Medium, Layer: gate.Container, Title: "Images have a version tag",
			Message: "the tag latest is whatever was pushed last", Hint: "name a version",
			Location: at("Dockerfile", 1, 6, 19, "FROM alpine:latest"), Source: "FROM alpine:latest", Fingerprint: "d1/1",
		}},
	}
}

func scanStage() gate.StageReport {
	from := at("Dockerfile", 1, 1, 19, "")
	vulnerability := func(id, pkg, installed, fixed string, s gate.Severity) gate.Finding {
		f := gate.Finding{
			Rule: id, Severity: s, Layer: gate.Container, Title: pkg + ": heap overflow while reading a certificate",
			Message:  pkg + " " + installed + " is vulnerable: heap overflow while reading a certificate",
			Hint:     "update to " + fixed + ", or to a base image that has it",
			URL:      "https://avd.example/" + id,
			Location: from, Source: "FROM alpine:latest", Image: indexDigest, Platforms: []string{"linux/amd64"},
			Packages: []gate.Package{{Name: pkg, Installed: installed, Fixed: fixed}}, Fingerprint: "c" + id + "/1",
		}
		f.Object, f.Precision = pkg+" "+installed, gate.Inferred
		return f
	}
	worst := vulnerability("CVE-2024-0001", "libssl3", "3.1.0-r1", "3.1.4-r5", gate.Critical)
	worst.SeveritySource, worst.CVSS = "nvd", &gate.CVSS{Score: 9.8, Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Source: "nvd"}
	return gate.StageReport{
		Name: "scan", Verdict: gate.Failed, Duration: 1284, Checked: gate.Checked{Images: 2, Packages: 67, Rules: 2},
		Findings: []gate.Finding{
			worst,
			vulnerability("CVE-2024-0002", "musl", "1.2.4-r1", "1.2.4-r3", gate.Unknown),
			vulnerability("CVE-2024-0003", "zlib", "1.2.13-r1", "1.3-r0", gate.Low),
		},
	}
}

// opened is the report of a run that passed and signed.
func opened() gate.Report {
	r := closed()
	r.Verdict, r.ExitCode = gate.Passed, gate.ExitPassed
	r.Context = gate.Context{}
	for i := range r.Stages {
		s := &r.Stages[i]
		s.Verdict, s.Reason, s.Error, s.Failures, s.Findings = gate.Passed, "", "", nil, []gate.Finding{}
	}
	r.Stages[3].Duration, r.Stages[3].Checked = 310, gate.Checked{Images: 1, Rules: 1}
	r.Images[0].Platforms[0].Verdict = gate.Passed
	r.Images[0].Signature = &gate.Signature{
		Digest: indexDigest, Formats: []string{"bundle", "legacy"}, Identity: "cosign.pub",
		Predicates: []string{"https://cyclonedx.org/bom"}, Verified: true,
	}
	return r
}

// many is a report with n findings of every severity, each at a line of its own.
func many(n int) gate.Report {
	r := closed()
	s := &r.Stages[0]
	*s = gate.StageReport{Name: "policy", Verdict: gate.Failed, Checked: gate.Checked{Files: n, Rules: 1}}
	for i := range n {
		s.Findings = append(s.Findings, gate.Finding{
			Rule: fmt.Sprintf("PC%04d", i%500), Severity: gate.Severities()[i%5], Layer: gate.Cluster,
			Title:    "Containers are not privileged",
			Message:  fmt.Sprintf("container %q is privileged", fmt.Sprint("web-", i)),
			Location: at(fmt.Sprintf("deploy/%03d.yaml", i%100), i+1, 3, 9, fmt.Sprint("Deployment/shop/web-", i)),
			Source:   "  privileged: true", Hint: "set it to false", Fingerprint: fmt.Sprintf("%d/1", i),
		})
	}
	r.Stages, r.Images = r.Stages[:1], nil
	r.Verdict, r.ExitCode = gate.Failed, gate.ExitFailed
	return r
}

// poison puts text into every string of v, a pointer to a struct.
func poison(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				poison(v.Field(i), text)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), text)
		}
	case reflect.String:
		v.SetString(text)
	}
}

// poisoned is a report that holds text wherever it can, and the rules likewise.
func poisoned(text string) (gate.Report, []gate.Rule) {
	r := closed()
	r.Images[0].Signature = opened().Images[0].Signature
	for i := range r.Stages[0].Findings {
		r.Stages[0].Findings[i].Line += i // or twins would fold
	}
	r.Stages[2].Verdict, r.Stages[2].Error = gate.Error, "x"
	poison(reflect.ValueOf(&r).Elem(), text)
	rules := documented()
	poison(reflect.ValueOf(&rules).Elem(), text)
	return r, rules
}

// hostile are strings that want to be more than text.
var hostile = []string{
	"x\n::error::forged", "x\r::error::forged", "x\r\n::set-output name=verdict::passed", "::error::forged",
	"  \u00a0::add-mask::a", "##[error]forged", "a ##[set-output name=verdict;]passed", "###[group]x", "##\u200b[x]",
	"\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\", "\x1b[2K\x1b[1Ggate open", "\x9b31m", "a\tb",
	"::stop-commands::x", "::add-matcher::m.json", "title::x,y:z%0A", "%0A::error::x", "safe\u202eevil\u2066", "\u2028::error::x",
	"@octocat fixes #1 and closes acme/shop#2", "![x](https://evil.example/p.png)", "[x](https://evil.example)",
	"https://evil.example www.evil.example a@evil.example", "<img src=x onerror=alert(1)>", "<!-- portcullis -->", "</details>",
	"a | b || c \\| d", "`", "``` \n```\n# gate open", "````", "x\n```\n# gate open\n<b>", "# heading\n\n## other", "\n\n---\n\ntext", "gate open: 4 stages passed\n",
	"| a | b |\n| - | - |\n", "1. one", "- item", "> quote", "$x$ :tada: ~~no~~ **gate open** _x_", "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
	"\xff\xfe broken", "\x00", "", " ", "]] ](x) [a](1)", "\\", "a\\", strings.Repeat("`", 300), strings.Repeat("a ", 3000),
}
