package cli

import (
	"github.com/spf13/cobra"
)

// profileCommand is the parent of what is done with profiles.
func (a *app) profileCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "profile",
		Short: "Show where the time goes: read and compare profiles",
		Long: "Profile reads profiles in pprof's format, whatever has written them: Go's runtime/pprof, perf_to_profile and\n" +
			"many others.",
		Example:               "  muster profile view cpu.pb.gz",
		DisableFlagsInUseLine: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return usage("see: muster profile --help", "cannot profile %s: there is no such command", args[0])
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.profileViewCommand())
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
