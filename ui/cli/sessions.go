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
	// Unreachable ones run and have no socket.
	Unreachable []session.Record `json:"unreachable"`
	// Killed ones did not end in good order.
	Killed []session.Record `json:"killed"`
}

func (a *app) sessionsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "sessions [--json]",
		Short: "List the running sessions",
		Long: "Sessions lists the running sessions, and those that were killed lately: what became of them is\n" +
			"told for a day, until their name is used again, or until 20 more sessions have been started.",
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
	// A session has no socket for a moment when it begins and when it ends.
	socketPatience = time.Second
)

// listSessions asks all sessions at the same time.
func listSessions(ctx context.Context) (sessionsJSON, error) {
	list := sessionsJSON{Sessions: []session.AboutJSON{}, Silent: []string{}, Unreachable: []session.Record{}, Killed: []session.Record{}}
	names, unreachable, err := findSessions(ctx)
	if err != nil {
		return list, err
	}
	list.Unreachable = append(list.Unreachable, unreachable...)
	ctx, cancel := context.WithTimeout(ctx, aboutPatience)
	defer cancel()
	abouts, gone := make([]*session.AboutJSON, len(names)), make([]bool, len(names))
	var asked sync.WaitGroup
	for i, name := range names {
		asked.Go(func() { abouts[i], gone[i] = ask(ctx, name) })
	}
	asked.Wait()
	for i, name := range names {
		switch {
		case gone[i]:
			continue
		case abouts[i] == nil:
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

// ask asks a session until it answers, or has ended; nil if it does neither.
func ask(ctx context.Context, name string) (about *session.AboutJSON, gone bool) {
	for {
		client, err := session.Dial(name)
		if err != nil {
			return nil, true
		}
		a, err := client.About(ctx)
		client.Close()
		if err == nil {
			return &a, false
		}
		if sleep(ctx, firstLook) != nil { // it may have begun or ended just now
			return nil, false
		}
	}
}

// findSessions returns the names of those that can be asked, and who runs but
// has no socket.
func findSessions(ctx context.Context) (names []string, unreachable []session.Record, err error) {
	for began := time.Now(); ; {
		names, err = session.Sessions()
		unreachable = session.Unreachable("")
		if err != nil || len(unreachable) == 0 || time.Since(began) > socketPatience || sleep(ctx, firstLook) != nil {
			return names, unreachable, err
		}
	}
}

func (a *app) printSessions(list sessionsJSON) error {
	if len(list.Sessions)+len(list.Silent)+len(list.Unreachable) > 0 {
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
		for _, r := range list.Unreachable {
			where := fmt.Sprintf("has no socket to be asked on; kill %d ends it", r.PID)
			if r.EndingAt != nil {
				where = "stopping"
			}
			_, _ = fmt.Fprintf(t, "%s\t%d\t%s\t-\t-\t%s\t\n", r.Session, r.PID, time.Time(r.StartedAt).Local().Format("Jan 2 15:04"), where)
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
