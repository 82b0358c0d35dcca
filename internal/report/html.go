package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

//go:embed html/page.html html/style.css html/script.js
var htmlFiles embed.FS

var (
	htmlTemplate = template.Must(template.ParseFS(htmlFiles, "html/page.html"))
	htmlStyle    = htmlFile("html/style.css")
	htmlScript   = htmlFile("html/script.js")
	// htmlPolicy lets the browser run and show exactly the two files above. It
	// may load nothing else, from anywhere, not even if a string of the report
	// got out of its place.
	htmlPolicy = template.HTML(fmt.Sprintf(`<meta http-equiv="Content-Security-Policy" content="`+
		`default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'">`,
		sourceHash(htmlStyle), sourceHash(htmlScript)))
)

// htmlFile reads an embedded file, which is there or the program does not build.
func htmlFile(name string) string {
	b, err := htmlFiles.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// sourceHash is the expression of a content security policy for an inline source.
func sourceHash(source string) string {
	sum := sha256.Sum256([]byte(source))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// writeHTML writes a page that is complete in itself: it loads nothing, works
// without its script, and shows the strings of the report as text only.
func writeHTML(w io.Writer, r gate.Report, o Options) error {
	var b bytes.Buffer
	if err := htmlTemplate.Execute(&b, o.page(r)); err != nil {
		return fmt.Errorf("making the page: %w", err)
	}
	_, err := w.Write(Markup(b.Bytes()))
	return err
}
