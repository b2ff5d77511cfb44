package cli

import (
	"context"
	"path/filepath"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"example.com/muster/profiling/report"
	"example.com/muster/ui/background"
	"example.com/muster/ui/theme"
)

// diffFlags are those of `muster profile diff`.
type diffFlags struct {
	asked reportFlags
	outputFlags
	normalize bool
	color     string
	rows      int
}

func (a *app) profileDiffCommand() *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff [flags] BEFORE AFTER",
		Short: "Show what differs between two profiles",
		Long: "Diff prints the functions in which two profiles differ, the largest difference first: + is more in the second,\n" +
			"- less, and ~ no more than what sampling alone makes, where the profiles say how often they have looked.\n\n" +
			"--normalize compares shares: the second is scaled to the sum of the first, so that it does not matter how long\n" +
			"each was taken, nor of how many processes.",
		Example:               "  muster profile diff before.pb.gz after.pb.gz\n  muster profile diff --normalize --format svg -o diff.svg monday.pb.gz friday.pb.gz",
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     completeProfiles(2),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage("for example: muster profile diff before.pb.gz after.pb.gz", "cannot diff: it takes two files")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd.Flags(), "output", "format"); err != nil {
				return err
			}
			return a.profileDiff(cmd.Context(), &f, args[0], args[1])
		},
	}
	fs := cmd.Flags()
	f.asked.add(cmd)
	f.addOutput(a, cmd, diffFormats, "it")
	fs.BoolVar(&f.normalize, "normalize", false, "compare shares instead of values")
	fs.IntVarP(&f.rows, "rows", "n", 40, "print so many functions; 0 is all")
	fs.StringVar(&f.color, "color", "auto", "auto, always or never")
	return cmd
}

func (a *app) profileDiff(_ context.Context, f *diffFlags, before, after string) error {
	look := sessionFlags{color: f.color, prefix: "none", interval: time.Second}
	if err := look.check(); err != nil {
		return err
	}
	out, err := a.profileOutput(&f.outputFlags, diffFormats, false)
	if err != nil {
		return err
	}
	defer out.close()
	first, err := a.readReport(before)
	if err != nil {
		return err
	}
	second, err := a.readReport(after)
	if err != nil {
		return err
	}
	o, err := f.asked.options(first)
	if err != nil {
		return err
	}
	d, err := report.Diff(first, second, report.DiffOptions{Options: o, Normalize: f.normalize})
	if err != nil {
		return usage("", "cannot compare %s and %s: %w", before, after, err)
	}
	a.ran = true
	terminal := out.file == nil && term.IsTerminal(a.stdout.Fd())
	th := theme.New(theme.Detect(f.color, terminal, a.environ), background.Dark())
	return a.written(out.print(&content{
		diff: d, options: &o, rows: f.rows, paint: painter(th),
		title: filepath.Base(before) + " and " + filepath.Base(after),
	}))
}

// painter colours rows by their sign, which says the same.
func painter(th *theme.Theme) func(report.Sign, string) string {
	return func(sign report.Sign, line string) string {
		switch sign {
		case report.More:
			return th.Error.Paint(line)
		case report.Less:
			return th.Good.Paint(line)
		case report.Noise:
			return th.Dim.Paint(line)
		}
		return line
	}
}
