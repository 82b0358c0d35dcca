package gate

import (
	"fmt"
	"slices"
	"strings"
)

// Severity ranks a finding, least first. The zero value is Unknown, which
// never passes a threshold silently: see [Severity.Blocks].
type Severity uint8

// The severities, least first.
const (
	Unknown Severity = iota
	Low
	Medium
	High
	Critical
)

var severityNames = []string{"unknown", "low", "medium", "high", "critical"}

// Severities lists every severity, least first.
func Severities() []Severity { return []Severity{Unknown, Low, Medium, High, Critical} }

// String returns the lower-case name.
func (s Severity) String() string { return name(severityNames, s) }

// MarshalText returns [Severity.String].
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what [ParseSeverity] reads.
func (s *Severity) UnmarshalText(b []byte) (err error) {
	*s, err = ParseSeverity(string(b))
	return err
}

// ParseSeverity is the inverse of [Severity.String]; it ignores case.
func ParseSeverity(s string) (Severity, error) {
	i, err := parse("severity", severityNames, s)
	return Severity(i), err
}

// Effective is the severity that counts: an unknown one counts as high.
func (s Severity) Effective() Severity {
	if s == Unknown {
		return High
	}
	return s
}

// Blocks reports whether a finding of this severity reaches the threshold.
func (s Severity) Blocks(threshold Severity) bool {
	return s.Effective() >= threshold.Effective()
}

// name returns the name of an enumeration's value, also of one out of range.
func name[T ~uint8](names []string, v T) string {
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("invalid(%d)", v)
}

// parse finds s among the names of an enumeration, ignoring case.
func parse(what string, names []string, s string) (int, error) {
	i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, s) })
	if i < 0 {
		return 0, fmt.Errorf("unknown %s %q, want one of %s", what, s, strings.Join(names, ", "))
	}
	return i, nil
}
