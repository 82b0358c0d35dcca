package scan_test

import (
	"testing"

	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/scan"
	"github.com/portcullis-ci/portcullis/testdata/images"
)

// With -update the recorded reports are made anew, before they are compared.
func TestARecordReports(t *testing.T) {
	if !*update {
		t.Skip("only with -update")
	}
	shop, err := image.FromFS(images.Shop(), amd64, now)
	if err != nil {
		t.Fatal(err)
	}
	scan.Record(t, options(t, store(t, shop)), "testdata/recorded/shop.report.json")
	old := imageOf(t, system(t, "3.20.3", []string{"musl 1.2.5-r0 musl", "libssl3 3.3.0-r2 openssl"}, map[string]string{
		"app/.env": "key = \"" + "AKIA" + "2E0A8F3B244C9986" + "\"\n",
	}), amd64)
	scan.Record(t, options(t, store(t, old)), "testdata/recorded/end-of-life.report.json")
}
