package cli

import (
	"github.com/spf13/cobra"
)

// profileCommand is the parent of what is done with profiles.
func (a *app) profileCommand() *cobra.Command {
	var f takeFlags
	cmd := &cobra.Command{
		Use:   "profile [flags] [POOL | PROCESS | PID | PROGRAM]...",
		Short: "Show where the time goes: profile processes, and read profiles",
		Long: "Profile looks at processes for some seconds, whatever their language, and prints the functions that they were\n" +
			"in; the profile itself is kept in pprof's format, for muster profile view and every tool that reads it. Ctrl-C\n" +
			"ends it early and loses nothing.\n\n" +
			"Without an argument it profiles all of the session that runs. Arguments are pools and processes of the session\n" +
			"(api, api/1, 'w*', train/0/ForkPoolWorker-2), or else any processes of yours, in a session or not: a pid, or the\n" +
			"name of a program; what they have started is profiled as well.\n\n" +
			"Nothing is stopped. What each kind asks of the program itself is told in docs/profiling.md; muster doctor tells\n" +
			"what this machine permits.",
		Example: "  muster profile train\n  muster profile --duration 30s --kind wall -o train.svg train/0\n" +
			"  muster profile --kind heap api\n  muster profile 4121\n  muster profile diff before.pb.gz after.pb.gz",
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     a.completeProcesses,
		Args:                  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd.Flags(), "output", "kind", "lines", "format"); err != nil {
				return err
			}
			return a.profile(cmd.Context(), &f, args)
		},
	}
	f.add(a, cmd)
	cmd.AddCommand(a.profileViewCommand(), a.profileDiffCommand(), a.profileServeCommand())
	return cmd
}

// oneFile is the check of a command that takes one file.
func oneFile(example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage("for example: "+example, "cannot %s: it takes one file", cmd.Name())
		}
		return nil
	}
}

// completeProfiles completes to files.
func completeProfiles(n int) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) >= n {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return []cobra.Completion{"pb.gz", "pprof", "prof", "pb", "out", "gz"}, cobra.ShellCompDirectiveFilterFileExt
	}
}
