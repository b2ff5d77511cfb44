package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"example.com/muster/session"
	"example.com/muster/ui/text"
)

// psPatience is how long ps waits for a session that may have been stopped.
const psPatience = 3 * time.Second

func (a *app) psCommand() *cobra.Command {
	var name string
	var asJSON bool
	cmd := &cobra.Command{
		Use:                   "ps [--session NAME] [--json]",
		Short:                 "Show the processes of a running session",
		Long:                  "Ps lists the processes of a session with their descendants: state, CPU, memory, how each\nended last and what it printed last. CPU, MEM and THR of a row are of one process alone, those\nof descendants stand below; screen 1 shows the sum of all of them in the row of the first.",
		Example:               "  muster ps\n  muster ps --session web --json",
		Args:                  takesAtMost(0),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnvironment(cmd.Flags()); err != nil {
				return err
			}
			client, err := session.Dial(name)
			if err != nil {
				return a.noAnswer(err)
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), psPatience)
			defer cancel()
			ps, err := client.PS(ctx)
			if err != nil {
				return a.noAnswer(err)
			}
			if asJSON {
				return json.NewEncoder(a.stdout).Encode(ps)
			}
			_, err = io.WriteString(a.stdout, text.Processes(ps))
			return err
		},
	}
	cmd.Flags().StringVar(&name, "session", "", "which session (default: the only one running)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// noAnswer ends a question that no session answered: code 1.
func (a *app) noAnswer(err error) error {
	if err == nil {
		return nil
	}
	a.code = codeFailed
	if u, ok := errors.AsType[*session.UnreachableError](err); ok && u.Record.EndingAt == nil {
		err = hinted(err, fmt.Sprintf("it makes its socket again within seconds, unless it is stopped; kill %d ends it", u.Record.PID))
	}
	if errors.Is(err, session.ErrNoSession) {
		return fmt.Errorf("cannot ask: %w", err)
	}
	return err
}
