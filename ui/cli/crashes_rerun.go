package cli

import (
	"github.com/spf13/cobra"

	"example.com/muster/session"
)

func (a *app) rerunCommand() *cobra.Command {
	c := &control{app: a}
	cmd := &cobra.Command{
		Use:   "rerun ID [--session NAME] [--json]",
		Short: "Run the program of a crash again, alone and in a terminal of its own",
		Long: "Rerun starts the program of the slot in which a crash has happened once more, beside the others: with the same\n" +
			"command, directory and environment, in a terminal that only it has. Nothing restarts it.",
		Example:           "  muster crashes rerun c3 && muster attach",
		ValidArgsFunction: a.completeCrashes,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd.Flags()); err != nil {
				return err
			}
			if len(args) != 1 {
				return usage("for example: muster crashes rerun c3", "cannot rerun: it takes one crash")
			}
			if _, err := session.ParseCrashID(args[0]); err != nil {
				return usage("muster crashes lists them", "%w", err)
			}
			return c.act(cmd, session.DoJSON{Command: "rerun", Crash: args[0]}, "runs again:")
		},
	}
	c.add(cmd)
	return cmd
}
