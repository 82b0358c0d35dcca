package report

import (
	"bytes"
	"encoding/json"
	"encoding/json/jsontext"
	json2 "encoding/json/v2"
	"fmt"
	"io"
	"slices"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// writeJSON writes the report in its own schema (docs/report.schema.json).
// Lists are never null.
func writeJSON(w io.Writer, r gate.Report, _ Options) error {
	r.Stages = list(slices.Clone(r.Stages))
	for i := range r.Stages {
		r.Stages[i].Findings = list(r.Stages[i].Findings)
	}
	r.Images = list(slices.Clone(r.Images))
	for i := range r.Images {
		image := &r.Images[i]
		image.Platforms = list(image.Platforms)
		if image.Signature != nil {
			signature := *image.Signature
			signature.Formats = list(signature.Formats)
			image.Signature = &signature
		}
	}
	return encode(w, r)
}

// encode writes v as an indented JSON document that is safe to print.
func encode(w io.Writer, v any) error {
	var b bytes.Buffer
	// The encoder of version 1 writes a report twice: first without the indent.
	if err := json2.MarshalWrite(&b, v, json.DefaultOptionsV1(), jsontext.EscapeForHTML(false), jsontext.WithIndent("  ")); err != nil { //nolint:govet // the experiment brings it to this version
		return fmt.Errorf("encoding the report: %w", err)
	}
	b.WriteByte('\n')
	_, err := w.Write(JSON(b.Bytes()))
	return err
}

// list returns an empty list for a nil one.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
