package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"example.com/muster/session"
	"example.com/muster/ui/draw"
)

// sessionsJSON is what sessions --json prints.
type sessionsJSON struct {
	Sessions []session.AboutJSON `json:"sessions"`
	// Silent ones listen on their socket, and do not answer.
	Silent []string `json:"silent"`
	// Killed ones did not end in good order.
	Killed []session.Record `json:"killed"`
}

func (a *app) sessionsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "sessions [--json]",
		Short: "List the running sessions",
		Long: "Sessions lists the running sessions, and those that were killed lately: what became of them is\n" +
			"told until their name is used again.",
		Example:               "  muster sessions\n  muster sessions --json",
		Args:                  takesAtMost(0),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnvironment(cmd.Flags()); err != nil {
				return err
			}
			list, err := listSessions(cmd.Context())
			if err != nil {
				return a.noAnswer(err)
			}
			if asJSON {
				return json.NewEncoder(a.stdout).Encode(list)
			}
			return a.printSessions(list)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// Bounds of what sessions tells: how long one may take to answer, and of how
// long ago a killed one is still news.
const (
	aboutPatience = 2 * time.Second
	newsFor       = 24 * time.Hour
)

// listSessions asks all sessions at the same time.
func listSessions(ctx context.Context) (sessionsJSON, error) {
	list := sessionsJSON{Sessions: []session.AboutJSON{}, Silent: []string{}, Killed: []session.Record{}}
	names, err := session.Sessions()
	if err != nil {
		return list, err
	}
	ctx, cancel := context.WithTimeout(ctx, aboutPatience)
	defer cancel()
	abouts := make([]*session.AboutJSON, len(names))
	var asked sync.WaitGroup
	for i, name := range names {
		asked.Go(func() {
			client, err := session.Dial(name)
			if err != nil {
				return // it has ended just now, or does not answer
			}
			defer client.Close()
			if about, err := client.About(ctx); err == nil {
				abouts[i] = &about
			}
		})
	}
	asked.Wait()
	for i, name := range names {
		if abouts[i] == nil {
			list.Silent = append(list.Silent, name)
			continue
		}
		list.Sessions = append(list.Sessions, *abouts[i])
	}
	for _, r := range session.KilledSessions() {
		if time.Since(time.Time(r.StartedAt)) < newsFor {
			list.Killed = append(list.Killed, r)
		}
	}
	return list, nil
}

func (a *app) printSessions(list sessionsJSON) error {
	if len(list.Sessions) > 0 || len(list.Silent) > 0 {
		t := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
		_, _ = fmt.Fprintln(t, "SESSION\tPID\tSTARTED\tRUNNING\tCRASHES\tWHERE\tPOOLS")
		for _, s := range list.Sessions {
			where := "terminal"
			if s.Detached {
				where = "background"
			}
			if s.Stopping {
				where = "stopping"
			}
			_, _ = fmt.Fprintf(t, "%s\t%d\t%s\t%d of %d\t%d\t%s\t%s\n", s.Session, s.PID, time.Time(s.StartedAt).Local().Format("Jan 2 15:04"),
				s.Processes, s.Slots, s.Crashes, where, poolList(s.Pools))
		}
		for _, name := range list.Silent {
			_, _ = fmt.Fprintf(t, "%s\t-\t-\t-\t-\tdoes not answer; is it stopped (Ctrl-Z)?\t\n", name)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	} else if _, err := fmt.Fprintln(a.stdout, "no session is running"); err != nil {
		return err
	}
	for _, r := range list.Killed {
		if _, err := fmt.Fprintln(a.stdout, draw.Plain([]byte(r.Fate()), 0)); err != nil {
			return err
		}
	}
	return nil
}

// poolList names some pools.
func poolList(names []string) string {
	const most = 4
	text := ""
	for i, name := range names {
		if i == most {
			return text + " +" + strconv.Itoa(len(names)-most)
		}
		if i > 0 {
			text += " "
		}
		text += draw.Plain([]byte(name), 40)
	}
	return text
}
