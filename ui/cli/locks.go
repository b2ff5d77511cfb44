package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"example.com/muster/profiling/locks"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/session"
	"example.com/muster/ui/text"
)

// subjectsLong tells whom locks and stacks can be asked about.
const subjectsLong = "Without an argument it asks the session that runs. Arguments are pools and processes of\n" +
	"the session (api, api/1, 'w*', or api/1/worker, as it prints them), or else any processes of\n" +
	"yours, in a session or not: a pid, or the name of a program; what they have started is looked\n" +
	"at as well.\n\n" +
	"Nothing is stopped and nothing is asked of the processes; see muster doctor for what this\n" +
	"machine permits."

// locksFlags say what is told, and how.
type locksFlags struct {
	session          string
	json, watch, all bool
}

func (a *app) locksCommand() *cobra.Command {
	var f locksFlags
	cmd := &cobra.Command{
		Use:   "locks [--json] [--watch] [--all] [--session NAME] [PID | NAME]...",
		Short: "Show who waits for which lock, who has it, and what is deadlocked or abandoned",
		Long: "Locks tells which processes wait for whom, the worst first: deadlocks, locks whose holder has\n" +
			"ended, and those that cost time. Who waits for work, as an idle pool does, is left out.\n\n" + subjectsLong,
		Example:               "  muster locks\n  muster locks --watch 4121\n  muster locks --json postgres",
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     a.completeProcesses,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd.Flags(), "all"); err != nil {
				return err
			}
			return a.locks(cmd.Context(), f, args)
		},
	}
	a.addSession(cmd, &f.session)
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON; with --watch one document a line")
	cmd.Flags().BoolVarP(&f.watch, "watch", "w", false, "look again each second, until Ctrl-C")
	cmd.Flags().BoolVar(&f.all, "all", false, "also those that only wait for work")
	return cmd
}

// watchEvery is the time between two answers of --watch.
const watchEvery = time.Second

// locks answers once, or again and again.
func (a *app) locks(ctx context.Context, f locksFlags, args []string) error {
	s, err := a.findSubjects(ctx, f.session, args)
	if err != nil {
		return err
	}
	defer s.close()
	a.ran = true
	ask, stop := s.asker(ctx, f.watch)
	defer stop()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for first := true; ; first = false {
		if !first || f.watch && s.client == nil { // there is nothing to tell before the first look
			select {
			case <-tick.C:
			case <-ctx.Done():
				return nil
			}
		}
		l, err := ask()
		if err != nil {
			return a.noAnswer(err)
		}
		if err := a.printLocks(f, l); err != nil || !f.watch {
			return unlessClosed(err)
		}
		if s.client == nil && len(s.family()) == 0 {
			return nil // all of them have ended
		}
	}
}

// unlessClosed is nil for the error that whoever reads has read enough.
func unlessClosed(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

// asker returns a function that says how things stand, and one that ends
// what it needs for that.
func (s *subjects) asker(ctx context.Context, watch bool) (ask func() (session.LocksJSON, error), stop func()) {
	if s.client != nil {
		return func() (session.LocksJSON, error) {
			l, err := s.client.Locks(ctx)
			return s.ofChosen(l), err
		}, func() {}
	}
	view := func() *graph.View { return locks.Once(ctx, s.family()) }
	stop = func() {}
	if watch {
		w := locks.New(locks.Options{Targets: s.family})
		ctx, cancel := context.WithCancel(ctx)
		var looking sync.WaitGroup
		looking.Go(func() { w.Run(ctx) }) // ends with stop
		view, stop = w.View, func() { cancel(); looking.Wait() }
	}
	return func() (session.LocksJSON, error) {
		l := session.LocksOf(view(), s.name)
		l.Coverage = append(l.Coverage, s.coverage...)
		return l, nil
	}, stop
}

// ofChosen leaves out what has nothing to do with the chosen processes.
func (s *subjects) ofChosen(l session.LocksJSON) session.LocksJSON {
	if len(s.patterns) == 0 {
		return l
	}
	l.Locks = slices.DeleteFunc(l.Locks, func(k session.LockJSON) bool {
		return !slices.ContainsFunc(k.Waiters, func(w session.WaiterJSON) bool { return s.chosen(w.Process) }) &&
			!slices.ContainsFunc(k.Holders, func(h session.HolderJSON) bool { return s.chosen(h.Process) })
	})
	l.Contention = slices.DeleteFunc(l.Contention, func(c session.ContentionJSON) bool { return !s.chosen(c.Process) })
	others := func(d session.DeadlockJSON) bool {
		return !slices.ContainsFunc(d.Cycle, func(e session.EdgeJSON) bool { return s.chosen(e.Process) })
	}
	l.Deadlocks, l.Rings = slices.DeleteFunc(l.Deadlocks, others), slices.DeleteFunc(l.Rings, others)
	return l
}

// home puts the cursor at the top left and clears what is below it.
const home = "\x1b[H\x1b[J"

func (a *app) printLocks(f locksFlags, l session.LocksJSON) error {
	if f.json {
		return json.NewEncoder(a.stdout).Encode(l)
	}
	var b bytes.Buffer
	switch {
	case f.watch && term.IsTerminal(a.stdout.Fd()):
		b.WriteString(home)
	case f.watch && l.At != nil:
		b.WriteString(time.Time(*l.At).Local().Format("15:04:05") + "\n")
	}
	b.WriteString(text.Locks(l, f.all, time.Now()))
	_, err := a.stdout.Write(b.Bytes())
	return err
}
