package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/portcullis-ci/portcullis/internal/config"
	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/github"
	"github.com/portcullis-ci/portcullis/internal/report"
)

// settings are the flags of run. Each is also an action input of the same
// name; a flag wins over an input, an input over the configuration file.
type settings struct {
	path    string
	config  string
	stages  []string
	failOn  string
	images  []string
	imports []string
	format  string
	outputs []string
	sbomDir string
	offline bool
	dryRun  bool
	// commentKey tells the jobs of a matrix apart, which post one comment each.
	commentKey string
	timeout    time.Duration
	verbose    bool
	login      Login // its password is no flag: other processes see those
}

func (s *settings) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&s.config, "config", "", "configuration `FILE` (default portcullis.yaml at the workspace root, if there is one)")
	f.StringSliceVar(&s.stages, "stages", nil, "stages to run and to require, a `LIST` of policy,dockerfile,scan,sign (default all that apply)")
	f.StringVar(&s.failOn, "fail-on", "", "least `SEVERITY` that closes the gate: low, medium, high, critical (default high)")
	f.StringSliceVar(&s.images, "images", nil, "images to scan, a `LIST` of registry references, oci:DIR, tar:FILE and docker:NAME")
	f.StringArrayVar(&s.imports, "import", nil, "take over the findings of another tool, a `FILE` of SARIF 2.1.0; repeatable")
	f.StringVar(&s.format, "format", "", "`FORMAT` of the report: "+strings.Join(report.Names(), ", ")+" (default text, in GitHub Actions github)")
	f.StringArrayVar(&s.outputs, "output", nil, "write one more report, `FORMAT=FILE`; repeatable")
	s.login.register(f, "images")
	f.StringVar(&s.sbomDir, "sbom-dir", "", "write an SBOM of each platform to the folder `DIR`, as scan.sbom says (default cyclonedx)")
	s.registerPosting(f)
	f.BoolVar(&s.offline, "offline", false, "use no network at all")
	f.DurationVar(&s.timeout, "timeout", 15*time.Minute, "`DURATION` after which a stage is an error")
	f.BoolVarP(&s.verbose, "verbose", "v", false, "show the logs of the engines, and what ran when")
}

// registerPosting registers the flags of the commands that post.
func (s *settings) registerPosting(f *pflag.FlagSet) {
	f.StringVar(&s.commentKey, "comment-key", "", "`KEY` of this job's comment and check run, for jobs of a matrix")
	f.BoolVar(&s.dryRun, "dry-run", false, "show what would be posted to GitHub, and post nothing")
}

// inputs fills in what no flag set from the inputs of the action.
func (s *settings) inputs(cmd *cobra.Command, input func(string) string) error {
	for _, name := range github.InputNames() {
		value := input(name)
		if value == "" {
			continue
		}
		if name == "path" {
			if s.path == "" {
				s.path = value
			}
			continue
		}
		flag := cmd.Flags().Lookup(name)
		if flag == nil || flag.Changed {
			continue
		}
		for _, v := range inputValues(name, value) {
			if err := cmd.Flags().Set(name, v); err != nil {
				return fmt.Errorf("input %s: %w", name, err)
			}
		}
	}
	return nil
}

// inputValues splits an input that stands for a repeatable flag: one value a
// line. A list may be written over several lines as well.
func inputValues(name, value string) []string {
	if !slices.Contains([]string{"output", "images", "import", "stages"}, name) {
		return []string{value}
	}
	lines := strings.FieldsFunc(value, func(r rune) bool { return r == '\n' || r == '\r' })
	for i := range lines {
		lines[i] = strings.Trim(lines[i], ", \t")
	}
	return slices.DeleteFunc(lines, func(l string) bool { return l == "" })
}

// validate checks what the flags say by themselves.
func (s *settings) validate() error {
	for i, stage := range s.stages {
		s.stages[i] = strings.TrimSpace(stage)
		if !slices.Contains(config.Stages[:], s.stages[i]) {
			return usage(fmt.Errorf("--stages: unknown stage %q, want some of %s", stage, strings.Join(config.Stages[:], ", ")), "")
		}
	}
	looked := slices.Contains(s.stages, "scan") || slices.Contains(s.stages, "sign")
	if len(s.images) > 0 && len(s.stages) > 0 && !looked {
		return usage(errors.New("--images: images are given, and scan is not among the stages"), "add scan to --stages, or leave --images out")
	}
	if s.failOn != "" {
		if _, err := gate.ParseSeverity(s.failOn); err != nil {
			return usage(fmt.Errorf("--fail-on: %w", err), "")
		}
	}
	if _, err := report.For(s.format); err != nil {
		return usage(fmt.Errorf("--format: %w", err), "")
	}
	for _, output := range s.outputs {
		format, file, ok := strings.Cut(output, "=")
		if !ok || file == "" {
			return usage(fmt.Errorf("--output: %q is not FORMAT=FILE", output), "write for example --output json=report.json")
		}
		if _, err := report.For(format); err != nil {
			return usage(fmt.Errorf("--output: %w", err), "")
		}
	}
	if s.timeout <= 0 {
		return usage(errors.New("--timeout: not a positive duration"), "")
	}
	return nil
}

// importing is the stage of --import, which is named by that flag alone. It comes
// after the scan, and nothing is signed unless it passed.
const importing = "import"

// plan says which stages run and which of them are required: those that a flag
// or the configuration file names. Without a name all checks run; sign runs only
// when named.
func (s *settings) plan(c *config.Config) (stages []string, required func(string) bool) {
	named := func(stage string) bool {
		return slices.Contains(s.stages, stage) || stage == importing ||
			len(s.stages) == 0 && (slices.Contains(c.Named, stage) || stage == "scan" && len(s.images) > 0)
	}
	for _, stage := range config.Stages {
		if stage == "sign" && len(s.imports) > 0 {
			stages = append(stages, importing)
		}
		if named(stage) || len(s.stages) == 0 && stage != "sign" {
			stages = append(stages, stage)
		}
	}
	return stages, named
}
