package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/waits"
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
			return printPS(a.stdout, ps)
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

func printPS(w io.Writer, ps session.PS) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "NAME\tPID\tSTATE\tCPU\tMEM\tTHR\tRST\tLAST EXIT\tLAST LINE")
	for _, pool := range ps.Pools {
		for _, p := range pool.Processes {
			_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", p.Name, number(p.PID), stateOf(p), percent(p.CPUPercent),
				size(p.RSSBytes), number(p.Threads), p.Restarts, lastExit(p.LastExit), draw.Plain([]byte(lastWord(p)), 200))
			for _, d := range family(p) {
				exit := ""
				if d.Exit != nil {
					exit = lastExit(d.Exit)
				}
				_, _ = fmt.Fprintf(t, "%s%s\t%d\t%s\t%s\t%s\t%s\t\t%s\t\n", draw.Spaces(2*d.depth), draw.Plain([]byte(d.Label), 40), d.PID, childState(d.DescendantJSON),
					percent(d.CPUPercent), size(d.RSSBytes), number(d.Threads), exit)
			}
		}
	}
	return t.Flush()
}

// relative is a descendant and how far below the slot's process it stands; a child is at 1.
type relative struct {
	session.DescendantJSON
	depth int
}

// maxDepth is how far the rows are indented, as screen 1 has it.
const maxDepth = 8

// family lists the descendants of a process, each before those below it. Whose parent is not
// there, or below it itself, stands where a child does.
func family(p session.ProcessJSON) []relative {
	all := p.Descendants
	here, children := map[int]bool{}, map[int][]int{}
	for i := range all {
		here[all[i].PID] = true
		children[all[i].PPID] = append(children[all[i].PPID], i)
	}
	var list []relative
	seen := make([]bool, len(all))
	var add func(i, depth int)
	add = func(i, depth int) {
		if seen[i] {
			return
		}
		seen[i] = true
		list = append(list, relative{all[i], min(depth, maxDepth)})
		for _, below := range children[all[i].PID] {
			add(below, depth+1)
		}
	}
	for i := range all {
		if !here[all[i].PPID] {
			add(i, 1)
		}
	}
	for i := range all {
		add(i, 1)
	}
	return list
}

// stateOf is the state with what a readiness probe says of it, or what keeps the
// process from its work.
func stateOf(p session.ProcessJSON) string {
	switch {
	case p.State == procs.Starting && p.Reason != "":
		return "waiting"
	case p.State == procs.Running && held(p.Debugged, p.Wait) != "":
		return held(p.Debugged, p.Wait)
	case p.State == procs.Running && p.Ready != nil && *p.Ready:
		return "ready"
	case p.State == procs.Running && p.Ready != nil:
		return "not ready"
	}
	return string(p.State)
}

func childState(d session.DescendantJSON) string {
	switch text := held(d.Debugged, d.Wait); {
	case d.Exit != nil && d.Wait != nil: // nobody has waited for it
		return string(graph.Zombie)
	case d.Exit == nil && text != "":
		return text
	case d.Exit == nil && d.Wait != nil:
		return doing(graph.Doing(*d.Wait), d.State)
	}
	return d.State
}

// doing is what a descendant does, which muster gives no state of its own, in the words of
// screen 1; otherwise is for a word that has none.
func doing(wait graph.Doing, otherwise string) string {
	switch wait {
	case graph.OnCPU:
		return "on cpu"
	case graph.Runnable:
		return "wants cpu"
	case graph.Unknown: // it sleeps, and nobody could look for what
		return waits.Doing(graph.Sleeping)
	}
	return cmp.Or(waits.Doing(wait), otherwise)
}

// held says why a process that is there gets no further; empty if nothing holds it.
func held(debugged bool, wait *string) string {
	switch {
	case debugged:
		return "debugged"
	case wait != nil && *wait == string(graph.Stopped):
		return waits.Doing(graph.Stopped)
	}
	return ""
}

// lastWord is what a process printed last, or why it does not do its work.
func lastWord(p session.ProcessJSON) string {
	if p.Reason != "" && (p.PID == nil && p.LastExit == nil || p.Ready != nil && !*p.Ready) {
		return p.Reason
	}
	if p.FullScreen {
		return "(full screen)"
	}
	return p.LastLine
}

func number(n *int) string {
	if n == nil {
		return "-"
	}
	return strconv.Itoa(*n)
}

func percent(p *float64) string {
	if p == nil {
		return "-"
	}
	return fmt.Sprintf("%.0f%%", *p)
}

func size(b *int64) string {
	if b == nil {
		return "-"
	}
	return draw.Bytes(*b)
}

func lastExit(e *session.ExitJSON) string {
	switch {
	case e == nil:
		return "-"
	case e.Error != "":
		return e.Error
	case e.Why != "":
		return e.Why
	case e.Signal != nil:
		return *e.Signal
	case e.Code != nil:
		return fmt.Sprintf("exit %d", *e.Code)
	}
	return "unknown"
}
