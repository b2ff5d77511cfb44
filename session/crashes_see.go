package session

import (
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/tree"
	"example.com/muster/profiling/crash"
)

// Who sees what may be a crash.

// sawExit notes the end of a slot's own process.
func (s *Session) sawExit(run procs.Run, spec procs.Spec, e procs.Exit) {
	if e.OK() {
		return
	}
	who := crash.Process{
		PIDRef: run.PIDRef, Argv: spec.Argv, Cwd: spec.Dir, Started: e.RunStartedAt, ParentLived: true,
		Role: tree.RoleOf(tree.Program{Argv: spec.Argv}, tree.Program{}),
	}
	s.crashes.add(incident{run: run, spec: spec, who: who, exit: &e, at: e.At, view: s.Locks()})
}

// sawDescendant notes the end of a process below a slot's. It is called for
// each of them, however many there are, so the good ends go first.
func (s *Session) sawDescendant(run procs.Run, d procs.Descendant) {
	if d.Exit == nil || d.Exit.OK() {
		return
	}
	e := *d.Exit
	spec, slot := s.slotOf(run.ID)
	if slot == nil || slot.State == procs.Stopping || slot.PID != run.PID && byStop(e.Signal) {
		return // it was asked to end, with all of its slot, or was left over by it
	}
	who := crash.Process{PIDRef: d.PIDRef, PPID: d.PPID, Label: d.Label, Role: d.Role, Argv: d.Argv, Started: d.StartedAt, Cwd: spec.Dir}
	s.crashes.add(incident{run: run, spec: spec, who: who, exit: &e, at: e.At, view: s.Locks(), due: time.Now().Add(printedWithin)})
}

// byStop reports whether a signal is one that muster ends leftovers with.
func byStop(sig procs.Signal) bool {
	return sig == procs.SIGKILL || sig == procs.SIGTERM || sig == procs.SIGINT || sig == procs.SIGHUP
}

// lived reports whether a process of a slot lived at a time.
func (s *Session) lived(run procs.Run, pid int, at time.Time) bool {
	if pid == run.PID {
		_, slot := s.slotOf(run.ID)
		return slot != nil && (slot.PID == pid || slot.LastExit != nil && !slot.LastExit.At.Before(at))
	}
	d := s.descendant(run.ID, pid)
	return d != nil && (d.Exit == nil || !d.Exit.At.Before(at))
}

// slotOf returns the present state of a slot, and its spec as expanded for it.
func (s *Session) slotOf(id procs.ID) (procs.Spec, *procs.Slot) {
	spec, slot := s.sup.Slot(id)
	if slot == nil {
		return procs.Spec{}, nil
	}
	return procs.Vars{ID: id, Port: slot.Port, PprofPort: slot.PprofPort}.Spec(spec), slot
}

// heard notes what was told of an exception in a process that lives: pid is
// who had it, 0 where the mode of the output does not tell, which is then said
// to be the slot's own.
func (s *Session) heard(id procs.ID, pid int, t tale) {
	if t.words.Exception == nil {
		return
	}
	spec, slot := s.slotOf(id)
	if slot == nil {
		return
	}
	run := slot.Run
	who := crash.Process{PIDRef: run.PIDRef, Argv: spec.Argv, Cwd: spec.Dir, Started: slot.StartedAt, ParentLived: true}
	if pid != 0 && pid != run.PID {
		who = crash.Process{PIDRef: procs.PIDRef{PID: pid}, Cwd: spec.Dir}
		if d := s.descendant(id, pid); d != nil {
			who = crash.Process{PIDRef: d.PIDRef, PPID: d.PPID, Label: d.Label, Role: d.Role, Argv: d.Argv, Started: d.StartedAt, Cwd: spec.Dir}
		}
	}
	s.crashes.add(incident{run: run, spec: spec, who: who, at: time.Now(), told: []tale{t}})
}

// descendant finds a process of a slot by its number, the living first.
func (s *Session) descendant(id procs.ID, pid int) *procs.Descendant {
	past, _ := s.cfg.Tree.Ended(id)
	slices.Reverse(past)
	for _, list := range [][]procs.Descendant{s.cfg.Tree.Descendants(id), past} {
		for i := range list {
			if list[i].PID == pid {
				return &list[i]
			}
		}
	}
	return nil
}

// whose returns the slot that a process belongs to.
func (s *Session) whose(pid int) (procs.ID, bool) {
	for _, run := range s.sup.Runs() {
		if run.PID == pid || s.descendant(run.ID, pid) != nil {
			return run.ID, true
		}
	}
	return procs.ID{}, false
}

// crashed tells of a new report.
func (s *Session) crashed(r *crash.Report) {
	label, _ := strings.CutPrefix(r.Name, r.Run.ID.String()+"/")
	if r.Name == r.Run.ID.String() {
		label = ""
	}
	s.events.add(procs.Event{Type: procs.EventCrash, ID: r.Run.ID, Label: label, PID: r.Who.PID, Text: r.Headline, After: s.cfg.Store.Next()})
	s.hooks.add(r)
	if s.cfg.FailFast {
		s.failFast.once.Do(func() {
			s.failFast.first.Store(r)
			close(s.failFast.crashed)
		})
	}
}

// sentLog remembers the signals that muster sent to single processes.
type sentLog struct {
	mu   sync.Mutex
	list []sentTo
}

type sentTo struct {
	ref procs.PIDRef
	crash.Sent
}

// maxSent bounds the signals that are remembered.
const maxSent = 200

func (l *sentLog) add(ref procs.PIDRef, sig procs.Signal, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) == maxSent {
		l.list = append(l.list[:0], l.list[1:]...)
	}
	l.list = append(l.list, sentTo{ref, crash.Sent{Signal: sig, By: "muster", At: at}})
}

// to returns what was sent to a process.
func (l *sentLog) to(ref procs.PIDRef) (sent []crash.Sent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.list {
		if s.ref == ref {
			sent = append(sent, s.Sent)
		}
	}
	return sent
}
