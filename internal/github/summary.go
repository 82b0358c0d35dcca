package github

import (
	"fmt"
	"io"
)

// The runner drops the whole summary of a step above SummaryBytes. A summary of
// at most SummaryCharacters characters is always below it.
const (
	SummaryBytes      = 1 << 20
	SummaryCharacters = SummaryBytes/4 - 1
)

// WriteSummary appends Markdown to the file that GITHUB_STEP_SUMMARY names. What
// would not fit beside what the step has written before is an error, and
// nothing is written: the runner would drop both.
func WriteSummary(file, markdown string) error {
	err := appendTo(file, func(w io.Writer, size int64) error {
		if total := size + int64(len(markdown)); total > SummaryBytes {
			return fmt.Errorf("it would have %d bytes, the runner takes %d", total, SummaryBytes)
		}
		_, err := io.WriteString(w, markdown)
		return err
	})
	if err != nil {
		return fmt.Errorf("writing the job summary: %w", err)
	}
	return nil
}
