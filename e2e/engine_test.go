//go:build e2e

package e2e

import (
	"os"
	"testing"
)

// An image that the engine built on a real Debian is read from the engine and from what docker save writes of it, and
// what is wrong with it is on the line of the Dockerfile that brought it in.
func TestEngineAndSavedArchiveLeadToTheLine(t *testing.T) {
	const ref = "portcullis.local/e2e-lines:1"
	dir := t.TempDir()
	for name, text := range map[string]string{
		"token":           "key = \"AKIA" + "2E0A8F3B244C9986\"\n",
		"portcullis.yaml": "scan: {scanners: [secret]}\n",
		"Dockerfile": "FROM " + prepared(t, "E2E_DEBIAN") + " AS base\nARG KEY=2E0A8F3B244C9977\n" +
			"RUN set -e; \\\n  # continued\n  echo \"key = \\\"AKIA$KEY\\\"\" > /etc/token\n\n" +
			"FROM base\nWORKDIR /srv\nCOPY token ./\nCMD [\"sh\"]\n",
	} {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	must(t, "", "docker", "build", "-q", "-t", ref, dir)
	t.Cleanup(func() { run(t, "", "docker", "rmi", ref) })
	must(t, "", "docker", "save", "-o", dir+"/saved.tar", ref)
	for image, options := range map[string][]string{
		"docker:" + ref: {"-v", "/var/run/docker.sock:/var/run/docker.sock"},
		"tar:saved.tar": nil,
	} {
		options = append(options, "--network", "none", "-v", dir+":/w:ro", "-w", "/w")
		ran := portcullis(t, options, "run", "--stages", "scan", "--images", image, "--format", "json")
		report := decode(t, ran)
		report.expect(t, ran, 1, "failed")
		for _, line := range []int{3, 9} {
			if !report.has("secret/aws-access-key-id", "Dockerfile", line) {
				t.Errorf("%s: no secret at Dockerfile:%d\n%s", image, line, ran.stdout)
			}
		}
	}
}
