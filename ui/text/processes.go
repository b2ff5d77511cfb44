package text

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/waits"
)

// Processes is the table of a session's processes, each with its descendants below it.
func Processes(ps session.PS) string {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "NAME\tPID\tSTATE\tCPU\tMEM\tTHR\tRST\tLAST EXIT\tLAST LINE")
	for _, pool := range ps.Pools {
		for _, p := range pool.Processes {
			_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", p.Name, number(p.PID), stateOf(p), percent(p.CPUPercent),
				size(p.RSSBytes), number(p.Threads), p.Restarts, Exit(p.LastExit), draw.Plain([]byte(lastWord(p)), 200))
			for _, d := range family(p) {
				exit := ""
				if d.Exit != nil {
					exit = Exit(d.Exit)
				}
				_, _ = fmt.Fprintf(t, "%s%s\t%d\t%s\t%s\t%s\t%s\t\t%s\t\n", draw.Spaces(2*d.depth), draw.Plain([]byte(d.Label), 40), d.PID, childState(d.DescendantJSON),
					percent(d.CPUPercent), size(d.RSSBytes), number(d.Threads), exit)
			}
		}
	}
	_ = t.Flush() // a strings.Builder takes everything
	return b.String()
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
	case p.State == procs.Running && p.Wait != nil && *p.Wait == string(graph.InLock): // as its descendants have it
		return waits.Doing(graph.InLock)
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

// doing is what a descendant does, which muster gives no state of its own. A table that is
// printed has one column for what screen 1 says in two: there STATE says "sleeping", as the
// kernel does, and WAITS FOR what it sleeps for. otherwise is for a word that has none.
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
	if p.Reason != "" && (p.PID == nil && p.LastExit == nil || p.PID != nil && p.Ready != nil && !*p.Ready) {
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

// Exit is how a process ended, in a word or two; "-" if it has not.
func Exit(e *session.ExitJSON) string {
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
