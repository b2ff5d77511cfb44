package session

import (
	"context"
	"slices"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
)

// What the parent and the children of a process say about its end.

const (
	// childBefore is how long before a shell its child has ended at most, for
	// the shell's exit code to be that of the child.
	childBefore = 2 * time.Second
	// parentAfter is how far from a process its parent has ended at most, to
	// have ended for the same reason.
	parentAfter = 100 * time.Millisecond
	// givesUpWithin is the same for the parent of a worker that had a task,
	// and how long is waited for it: who is ended together with its workers ends the pool first.
	givesUpWithin = time.Second
	// interruptedWithin is the same for that of one that a terminal may have ended, too, which
	// may wait for its workers before it ends.
	interruptedWithin = 2 * time.Second
	// passedOnWithin is the same for one that is no worker and was killed: by its parent, if
	// that does not end with the code by which a shell passes on such an end.
	passedOnWithin = 500 * time.Millisecond
	// stackWithin bounds how long the parent's stack is read, and stackFor is how
	// long it is taken to stay what it was: many workers may end at once.
	stackWithin = 100 * time.Millisecond
	stackFor    = time.Second
)

// parentStack is where the main thread of a process was a moment ago.
type parentStack struct {
	of    procs.PIDRef
	at    time.Time
	stack []string
}

// childrenOf returns the children that ended just before a process which
// ended with a code that may be theirs: for a descendant, 128 and a signal.
func (l *crashLog) childrenOf(i incident) (list []crash.Child) {
	if i.exit == nil || i.exit.Signal != 0 || i.exit.Code <= 128 && !i.who.Self(i.run) {
		return nil
	}
	past, _ := l.session.cfg.Tree.Ended(i.run.ID)
	for k := range past {
		d := &past[k]
		if d.PPID != i.who.PID || d.Exit == nil || d.Exit.Unknown || d.Exit.At.After(i.at) || i.at.Sub(d.Exit.At) > childBefore {
			continue
		}
		c := crash.Child{PIDRef: d.PIDRef, Label: d.Label, Role: d.Role, Argv: d.Argv, Exit: *d.Exit}
		if _, known := l.agent.known.Process(d.PIDRef); known && len(c.Argv) == 0 {
			c.Argv = i.who.Argv // a fork: another program would not be gone so soon
		}
		list = append(list, c)
	}
	return list
}

// failedBelow returns who had ended badly below a slot's own process that ends by its own
// code: of those that were told as crashes, whose ends just before it may be why and are not
// what it has passed on.
func (l *crashLog) failedBelow(i incident) (list []crash.Child) {
	if i.exit == nil || i.exit.OK() || i.exit.Signal != 0 || i.exit.StartError != "" || !i.who.Self(i.run) {
		return nil
	}
	past, _ := l.session.cfg.Tree.Ended(i.run.ID)
	for k := range past {
		d := &past[k]
		if d.Exit == nil || d.Exit.OK() || d.Exit.Unknown || d.Exit.At.Before(i.who.Started) || d.Exit.At.After(i.at) ||
			l.wasTold(d) && (i.at.Sub(d.Exit.At) > childBefore || d.Exit.ShellCode() == i.exit.Code) {
			continue
		}
		list = append(list, crash.Child{
			PIDRef: d.PIDRef, Label: d.Label, Role: d.Role, Argv: d.Argv, Exit: *d.Exit, Outlived: outlived(d, i, past),
		})
	}
	return list
}

// wasTold reports whether the end of a descendant was told as a crash a moment ago.
func (l *crashLog) wasTold(d *procs.Descendant) bool {
	return slices.ContainsFunc(l.recent, func(f filed) bool { return f.who.MayBe(d.PIDRef) })
}

// outlived reports whether the parent of one that had ended below an incident's process went on
// after that. Who is not among the ended lives.
func outlived(d *procs.Descendant, i incident, past []procs.Descendant) bool {
	end := i.at
	for k := range past {
		if p := &past[k]; p.PID == d.PPID && p.Exit != nil && p.Exit.At.After(d.Exit.At.Add(-parentAfter)) {
			end = p.Exit.At
			break
		}
	}
	return end.Sub(d.Exit.At) > parentAfter
}

// parentEnd returns how the parent of a descendant, or who made it, ended just after
// it; nil if that has not.
func (s *Session) parentEnd(i incident, parent int) *procs.Exit {
	if i.exit == nil && i.late == 0 || i.who.Self(i.run) {
		return nil
	}
	near := func(e *procs.Exit) bool {
		if e == nil {
			return false
		}
		within := max(parentAfter, i.late)
		if i.late == passedOnWithin && e.Code != i.exit.ShellCode() {
			within = parentAfter
		}
		return e.At.Sub(i.at).Abs() < within // each is seen by another
	}
	if parent != i.run.PID {
		if d := s.descendant(i.run.ID, parent); d != nil && near(d.Exit) {
			return d.Exit
		}
		return nil
	}
	_, slot := s.sup.Slot(i.run.ID)
	if slot == nil || slot.PID == i.run.PID || !near(slot.LastExit) {
		return nil
	}
	return slot.LastExit
}

// makerOf returns the process that has made another one: a fork server may be between.
func (l *crashLog) makerOf(i incident) int {
	if p, ok := l.agent.known.Process(i.who.PIDRef); ok && p.Owner != 0 {
		return p.Owner
	}
	return i.who.PPID
}

// parentAt returns where the main thread of the process is that has made a
// worker, which says whether it waits for its results.
func (l *crashLog) parentAt(i incident) []string {
	s := l.session
	pid := l.makerOf(i)
	if stack := stackOf(s.Locks(), procs.PIDRef{PID: pid}); len(stack) > 0 {
		return stack
	}
	if i.exit == nil || i.who.Role != procs.RoleWorker && i.who.Pool == "" || s.cfg.Stacks == nil {
		return nil
	}
	ref := procs.PIDRef{}
	if i.run.PID == pid {
		ref = i.run.PIDRef
	} else if d := s.descendant(i.run.ID, pid); d != nil && d.Exit == nil {
		ref = d.PIDRef
	}
	if ref.PID == 0 {
		return nil
	}
	if now := time.Now(); l.parent.of != ref || now.Sub(l.parent.at) > stackFor {
		l.parent = parentStack{of: ref, at: now, stack: s.stackNow(ref)}
	}
	return l.parent.stack
}

// stackNow reads where the main thread of a process is.
func (s *Session) stackNow(ref procs.PIDRef) []string {
	ctx, cancel := context.WithTimeout(context.Background(), stackWithin)
	defer cancel()
	threads, _ := s.cfg.Stacks(ctx, []procs.PIDRef{ref}) // of what cannot be read nothing is said
	for i := range threads {
		if threads[i].TID == ref.PID {
			return threads[i].Stack
		}
	}
	return nil
}
