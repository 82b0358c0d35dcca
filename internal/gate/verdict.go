package gate

// Verdict is the outcome of a stage, of an image's platform and of a run. The
// zero value is Error: what nobody decided has not passed.
type Verdict uint8

// The verdicts, worst first. Skipped stands beside the others: a skipped stage
// does not take part in the verdict of the run.
const (
	Error   Verdict = iota // could not decide
	Failed                 // a finding reaches the threshold and is not waived
	Passed                 // everything was checked and nothing blocks
	Skipped                // not run; the reason is stated
)

var verdictNames = []string{"error", "failed", "passed", "skipped"}

// String returns the lower-case name.
func (v Verdict) String() string { return name(verdictNames, v) }

// MarshalText returns [Verdict.String].
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText is the inverse of [Verdict.MarshalText].
func (v *Verdict) UnmarshalText(b []byte) error {
	i, err := parse("verdict", verdictNames, string(b))
	*v = Verdict(i)
	return err
}

// worst returns the worst of the verdicts that are not Skipped, and Error when
// there is none.
func worst(verdicts []Verdict) Verdict {
	result, seen := Passed, false
	for _, v := range verdicts {
		if v != Skipped {
			result, seen = min(result, v), true
		}
	}
	if !seen {
		return Error
	}
	return result
}

// Exit codes, stable. With several reasons the first of ExitUsage,
// ExitIncomplete, ExitFailed and ExitUnsigned wins.
const (
	ExitPassed     = 0
	ExitFailed     = 1   // a finding at or above the threshold
	ExitUsage      = 2   // wrong usage or configuration, or a context that refuses
	ExitIncomplete = 3   // something that had to be checked could not be, or nothing was
	ExitUnsigned   = 4   // every check passed, but signing did not finish
	ExitInterrupt  = 130 // cancelled by SIGINT
	ExitTerminate  = 143 // cancelled by SIGTERM
)
