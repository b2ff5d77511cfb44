package cli

import (
	"github.com/spf13/cobra"

	"example.com/muster/procs"
)

func (a *app) runCommand() *cobra.Command {
	var pf poolFlags
	var sf sessionFlags
	cmd := &cobra.Command{
		Use:   "run [-n N] [--name NAME] [flags] -- CMD [ARG...]",
		Short: "Run a pool of N copies of one command",
		Long: "Run starts N copies of a command and shows each of them, with all processes that\n" +
			"they start: state, CPU, memory, output, and how it ended. \"{slot}\" in an argument\n" +
			"is the copy's number, from 0; MUSTER_SLOT and MUSTER_POOL tell it too. All other braces\n" +
			"are the command's own; --env PORT={port} gives each copy a free port.\n\n" +
			"Without a screen (--no-tui, or where standard input or output is no terminal) all that they print comes\n" +
			"on standard output, what they write to standard error too: --json has the stream of each\n" +
			"line. Standard input goes to the process of a session that has only one.\n\n" +
			timesLong +
			"Each flag can also be set as MUSTER_FLAG in the environment.",
		Example:               "  muster run -n 4 -- python3 train.py --seed {slot}\n  muster run --restart on-failure -- ./server",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd.Flags(), "session"); err != nil {
				return err
			}
			spec, err := pf.spec(args)
			if err != nil {
				return err
			}
			return a.live(cmd.Context(), sf, pools{name: spec.Name, specs: []procs.Spec{spec}})
		},
	}
	pf.add(cmd.Flags())
	sf.add(cmd.Flags())
	cmd.Flags().SetInterspersed(false) // flags after CMD are CMD's
	return cmd
}
