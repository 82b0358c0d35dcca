package sign

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// example is a report with a waiver, a skipped stage and an index of two
// platforms, and the digest that its image was signed under.
func example(t *testing.T) (gate.Report, gate.Image, name.Digest) {
	t.Helper()
	sha := func(c string) string { return "sha256:" + strings.Repeat(c, 64) }
	image := gate.Image{Reference: "registry.example/acme/shop:1.4", Digest: sha("1"), Platforms: []gate.Platform{
		{Name: "linux/amd64", Digest: sha("2"), Verdict: gate.Passed, OS: "alpine 3.20.3", Packages: 14},
		{Name: "linux/arm64", Digest: sha("3"), Verdict: gate.Passed, OS: "alpine 3.20.3", Packages: 14},
		{Name: "unknown/unknown", Digest: sha("4"), Verdict: gate.Skipped, Reason: "an attestation, not an image"},
	}}
	report := passed(image)
	report.Tool = gate.Tool{Name: "portcullis", Version: "v0.1.0"}
	report.Provenance.Config = &gate.Config{Digest: sha("c"), Source: "portcullis.yaml"}
	report.Stages = slices.Insert(report.Stages, 1, gate.StageReport{
		Name: "dockerfile", Verdict: gate.Skipped, Reason: "no Dockerfile in the tree",
	})
	report.Stages[0].Findings = []gate.Finding{{
		Rule: "PC1007", Severity: gate.High, Status: gate.Waived, Fingerprint: "0123456789abcdef/1",
		Location: gate.Location{Path: "deploy/web.yaml", Object: "Deployment/shop/web"},
		Waiver:   &gate.Waiver{Justification: "gone with 2.0", Source: ".portcullis/waivers.yaml", Line: 3, Owner: "@acme/platform", Expires: "2026-12-31"},
	}}
	report.Provenance.Waivers = &gate.Config{Digest: sha("d"), Source: ".portcullis/waivers.yaml"}
	report.Stages[2].Findings = append(report.Stages[2].Findings,
		gate.Finding{Rule: "CVE-2024-0002", Severity: gate.Low, Image: sha("9")}) // of another image
	digest, err := name.NewDigest("registry.example/acme/shop@" + image.Digest)
	if err != nil {
		t.Fatal(err)
	}
	return report, image, digest
}

func statementOf(t *testing.T, short string, report gate.Report, image gate.Image, digest name.Digest, now time.Time) []byte {
	t.Helper()
	claims, err := attestations([]string{short}, report, image, digest)
	if err != nil {
		t.Fatal(err)
	}
	got, err := claims[0].at(now)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestR38StatementsSayWhatWasChecked(t *testing.T) {
	report, image, digest := example(t)
	signature, err := signatureClaim(digest).at(noon)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]byte{"sign": signature}
	for _, short := range []string{"vsa", "vuln"} {
		got[short] = statementOf(t, short, report, image, digest, noon)
	}
	for short, statement := range got {
		var b bytes.Buffer
		if err := json.Indent(&b, append(statement, '\n'), "", "  "); err != nil {
			t.Fatal(err)
		}
		golden := "testdata/" + short + ".json"
		if *update {
			if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), want) {
			t.Errorf("%s differs (go test -update rewrites it):\n%s", golden, b.String())
		}
		if short == "vsa" {
			validate(t, statement)
		}
	}
}

func validate(t *testing.T, statement []byte) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("vsa.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(statement))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Error(err)
	}
}

// Every value that a statement rests on is found by reflection and changed: the
// statement has to change with it, unless the field is listed as left out.
func TestR38AnyChangeShows(t *testing.T) {
	leftOut := []string{
		"Report.Verdict", "Report.ExitCode", // of a run that is not over
		"Report.Schema",                             // the JSON form of the report, see vsa
		"StageReport.Error", "StageReport.Duration", // of no stage that passed; of no weight
	}
	base, image, digest := example(t)
	before := statementOf(t, "vsa", base, image, digest, noon)
	changed := 0
	walk(reflect.ValueOf(&base).Elem(), "Report", func(path string, v reflect.Value) {
		if slices.Contains(leftOut, path) || strings.HasPrefix(path, "Image.") || strings.HasPrefix(path, "Platform.") {
			return
		}
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		alter(v)
		if got := statementOf(t, "vsa", base, image, digest, noon); bytes.Equal(got, before) {
			t.Errorf("a change of %s does not show", path)
		}
		v.Set(old)
		changed++
	})
	if changed < 30 {
		t.Errorf("only %d values were changed", changed)
	}
	if bytes.Equal(before, statementOf(t, "vsa", base, image, digest, noon.Add(time.Second))) {
		t.Error("the time does not show")
	}
	for i := range image.Platforms {
		other := image
		other.Platforms = slices.Clone(image.Platforms)
		other.Platforms[i].Digest = "sha256:" + strings.Repeat("7", 64)
		if bytes.Equal(before, statementOf(t, "vsa", base, other, digest, noon)) {
			t.Errorf("the digest of %s does not show", image.Platforms[i].Name)
		}
	}
}

// walk calls visit with each scalar value below v.
func walk(v reflect.Value, path string, visit func(string, reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			walk(v.Elem(), v.Type().Elem().Name(), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), v.Type().Elem().Name(), visit)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			visit(path, v)
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				walk(v.Field(i), v.Type().Name()+"."+f.Name, visit)
			}
		}
	default:
		visit(path, v)
	}
}

// alter changes a scalar to another value of its type.
func alter(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "0")
	case reflect.Uint8:
		v.SetUint((v.Uint() + 1) % 3)
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Struct:
		v.Set(reflect.ValueOf(noon.Add(-time.Minute)))
	default:
		panic("no other value for " + v.Kind().String())
	}
}

func TestStatementRepeats(t *testing.T) {
	report, image, digest := example(t)
	for _, short := range []string{"vsa", "vuln"} {
		claims, err := attestations([]string{short}, report, image, digest)
		if err != nil {
			t.Fatal(err)
		}
		if old := statementOf(t, short, report, image, digest, noon.Add(-time.Hour)); !claims[0].repeats(old) {
			t.Errorf("%s: the same evidence at another time is not recognised", short)
		}
		report := report
		report.Context.SHA = "another"
		if other := statementOf(t, short, report, image, digest, noon); claims[0].repeats(other) {
			t.Errorf("%s: other evidence is taken for the same", short)
		}
	}
}

func TestCountsFoldTwins(t *testing.T) {
	got := count([]gate.Finding{
		{Rule: "A", Severity: gate.High, Also: []string{"B"}},
		{Rule: "B", Severity: gate.High, Also: []string{"A"}},
		{Rule: "C", Severity: gate.Critical, Status: gate.Waived},
		{Rule: "D"}, {Rule: "E", Severity: gate.Low}, {Rule: "F", Severity: gate.Medium}, {Rule: "G", Severity: gate.Critical},
	})
	if want := (counts{Critical: 1, High: 1, Medium: 1, Low: 1, Unknown: 1, Waived: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestR32WaiversAreAttested holds that both attestations say what does not count,
// on whose word, why and until when.
func TestR32WaiversAreAttested(t *testing.T) {
	report, image, digest := example(t)
	scan := &report.Stages[slices.IndexFunc(report.Stages, func(s gate.StageReport) bool { return s.Name == "scan" })]
	scan.Findings = append(scan.Findings, gate.Finding{
		Rule: "CVE-2024-0003", Severity: gate.Critical, Image: image.Digest, Status: gate.Waived, Fingerprint: "f/1",
		Waiver: &gate.Waiver{Justification: "not reachable", Source: "w.yaml", Line: 7, Owner: "@acme/shop", Expires: "2027-01-31"},
	})
	want := `"waiver":{"justification":"not reachable","source":"w.yaml","line":7,"owner":"@acme/shop","expires":"2027-01-31"}`
	for _, short := range []string{"vsa", "vuln"} {
		if got := string(statementOf(t, short, report, image, digest, noon)); !strings.Contains(got, want) || !strings.Contains(got, "CVE-2024-0003") {
			t.Errorf("%s does not say %s:\n%s", short, want, got)
		}
	}
	validate(t, statementOf(t, "vsa", report, image, digest, noon))
}
