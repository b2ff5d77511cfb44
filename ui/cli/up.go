package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/muster/procs"
	"example.com/muster/procs/config"
)

// fileFlags say which configuration to run, and how much of it.
type fileFlags struct {
	file   string
	sizes  []string
	dryRun bool
}

func (f *fileFlags) add(fs *pflag.FlagSet) {
	fs.StringVarP(&f.file, "file", "f", "", "read `FILE` (default: muster.yaml, muster.yml or Procfile here)")
	fs.StringArrayVarP(&f.sizes, "formation", "m", nil, "how many processes: `POOL=N,...`, or all=N; may be repeated")
	fs.BoolVar(&f.dryRun, "dry-run", false, "print what would run, and run nothing")
}

func (a *app) upCommand() *cobra.Command {
	var ff fileFlags
	var sf sessionFlags
	cmd := &cobra.Command{
		Use:   "up [-f FILE] [-m POOL=N] [flags] [POOL...]",
		Short: "Run the pools of muster.yaml or a Procfile",
		Long: "Up runs the pools of muster.yaml, or of a Procfile as it is. POOLs (wildcards are\n" +
			"allowed) run only those, and what they depend on. \"muster init\" writes a first\n" +
			"muster.yaml; docs/configuration.md tells every key.\n\n" +
			"Each flag can also be set as MUSTER_FLAG in the environment.",
		Example:               "  muster up\n  muster up --dry-run\n  muster up -f Procfile.dev -m web=2 web worker",
		DisableFlagsInUseLine: true,
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return a.completeFile(ff, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd.Flags(), "session"); err != nil {
				return err
			}
			o, err := ff.options(a.environ, args)
			if err != nil {
				return err
			}
			file, err := config.Load(o)
			if err != nil {
				return unreadable(err)
			}
			if ff.dryRun {
				return a.printPlan(file, sf.json)
			}
			return a.live(cmd.Context(), sf, pools{
				name: printable(filepath.Base(file.Dir)), specs: file.Specs, reload: func() ([]procs.Spec, error) {
					again, err := config.Load(o)
					if err != nil {
						return nil, err
					}
					return again.Specs, nil
				},
			})
		},
	}
	ff.add(cmd.Flags())
	sf.add(cmd.Flags())
	return cmd
}

// options are what the flags ask of a configuration. They hold the directory of
// now, so that a reload finds the same file.
func (f *fileFlags) options(environ, pools []string) (config.Options, error) {
	dir, err := os.Getwd()
	if err != nil {
		return config.Options{}, fmt.Errorf("cannot tell the current directory: %w", err)
	}
	o := config.Options{Path: f.file, Dir: dir, Environ: environ, Select: pools}
	for _, s := range f.sizes {
		sizes, err := config.ParseSizes(s)
		if err != nil {
			return o, usage("", "%w", err)
		}
		o.Sizes = append(o.Sizes, sizes...)
	}
	return o, nil
}

// unreadable is an error of a configuration as the user's mistake.
func unreadable(err error) error {
	if errors.Is(err, config.ErrNoFile) {
		return usage("muster init writes a first muster.yaml; muster run -- CMD needs none", "%w", err)
	}
	return usage("", "%w", err)
}
