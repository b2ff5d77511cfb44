package cli

import (
	"context"
	"encoding/json"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"example.com/muster/profiling/locks"
	"example.com/muster/session"
	"example.com/muster/ui/stacks"
)

func (a *app) stacksCommand() *cobra.Command {
	var name string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "stacks [--json] [--session NAME] [PID | NAME]...",
		Short: "Show where all threads are, equal stacks merged",
		Long: "Stacks prints the stacks of all threads at this moment, innermost first; threads that are in the\n" +
			"same place are counted and not repeated.\n\n" + subjectsLong,
		Example:               "  muster stacks\n  muster stacks train\n  muster stacks --json 4121",
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     a.completeProcesses,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd.Flags()); err != nil {
				return err
			}
			return a.stacks(cmd.Context(), name, asJSON, args)
		},
	}
	a.addSession(cmd, &name)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) stacks(ctx context.Context, name string, asJSON bool, args []string) error {
	s, err := a.findSubjects(ctx, name, args)
	if err != nil {
		return err
	}
	defer s.close()
	a.ran = true
	all, err := s.stacks(ctx)
	if err != nil {
		return a.noAnswer(err)
	}
	if asJSON {
		return json.NewEncoder(a.stdout).Encode(all)
	}
	_, err = io.WriteString(a.stdout, strings.Join(stacks.Lines(all), "\n")+"\n")
	return unlessClosed(err)
}

// stacks reads the stacks of the subjects.
func (s *subjects) stacks(ctx context.Context) (session.StacksJSON, error) {
	if s.client == nil {
		threads, coverage := locks.Stacks(ctx, s.family())
		return session.StacksOf(threads, append(coverage, s.coverage...), s.name), nil
	}
	return s.client.Stacks(ctx, s.patterns)
}
