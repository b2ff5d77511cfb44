package session

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/tree"
	"example.com/muster/profiling/crash"
)

// Who sees what may be a crash.

// sawExit notes the end of a slot's own process.
func (s *Session) sawExit(run procs.Run, spec procs.Spec, e procs.Exit) {
	if e.OK() && !faulted(e, spec) {
		return
	}
	s.died(run.PIDRef, e)
	who := crash.Process{
		PIDRef: run.PIDRef, Argv: spec.Argv, Cwd: s.place(spec), Started: e.RunStartedAt, ParentLived: true,
		Role: tree.RoleOf(tree.Program{Argv: spec.Argv}, tree.Program{}),
	}
	s.crashes.add(incident{run: run, spec: spec, who: who, exit: &e, at: e.At, view: s.Locks(), due: time.Now().Add(printedWithin)})
}

// followDeaths notes the ends of processes below the slots' until ctx is done,
// and then those that have been told by then.
func (s *Session) followDeaths(ctx context.Context) {
	var left leftLines
	for {
		soon, cancel := left.wait(ctx)
		ends, missed, err := s.deaths.Next(soon, nil)
		cancel()
		if missed > 0 {
			s.Notify(count(int(missed), "end", "ends") + " of descendants in a short time are not told one by one")
		}
		for i := range ends {
			s.sawDescendant(&ends[i])
			left.add(&ends[i], time.Now())
		}
		for _, l := range left.due(time.Now()) {
			s.endLines(l.id, l.who)
		}
		if err != nil && len(ends) == 0 && ctx.Err() != nil {
			return
		}
	}
}

// sawDescendant notes the end of a process below a slot's. There may be
// thousands of them, so the good ends go first.
func (s *Session) sawDescendant(d *tree.Death) {
	if d.Exit == nil || !crash.IsCrash(*d.Exit) && !s.leftTask(d) {
		return
	}
	run := d.Run
	e := *d.Exit
	e.PeakRSSBytes = max(e.PeakRSSBytes, d.PeakRSSBytes)
	s.died(d.PIDRef, e)
	spec, slot := s.slotOf(run.ID)
	if slot == nil {
		return
	}
	if asked := e.Asked || slot.State == procs.Stopping || leftOver(slot, d, e); asked && !faulted(e, spec) {
		return // with all of its slot, or it was left over by it
	}
	who := crash.Process{
		PIDRef: d.PIDRef, PPID: d.PPID, Label: d.Label, Role: d.Role, Argv: d.Argv, Started: d.StartedAt, Cwd: s.place(spec), ParentLived: d.ParentLived,
	}
	s.crashes.add(incident{run: run, spec: spec, who: who, exit: &e, at: e.At, view: s.Locks(), due: time.Now().Add(printedWithin)})
}

// place is where a pool's processes begin: an absolute path, unless nobody can tell where muster is.
func (s *Session) place(spec procs.Spec) string {
	if filepath.IsAbs(spec.Dir) {
		return spec.Dir
	}
	return filepath.Join(s.cwd, spec.Dir)
}

// faulted reports whether a process ended by a signal of its own making, which nobody had
// asked for, and not by the one that its pool is stopped with.
func faulted(e procs.Exit, spec procs.Spec) bool {
	return e.Signal.SelfMade() && e.Signal != spec.Stop.Signal
}

// leftTask reports whether a good end may be that of a worker of a pool in the midst of a task.
func (s *Session) leftTask(d *tree.Death) bool {
	return !d.Exit.Asked && s.cfg.Agent != nil && s.cfg.Agent.HasTask(d.PIDRef)
}

// leftOver reports whether a descendant may have been ended as what remained of
// its run, or with it. What had ended under its parent's eyes before the run did is
// not, though that is learned of later.
func leftOver(slot *procs.Slot, d *tree.Death, e procs.Exit) bool {
	if slot.PID == d.Run.PID || !byStop(e.Signal) {
		return false
	}
	last := slot.LastExit
	same := last != nil && slot.N == d.Run.N
	if !d.ParentLived || same && last.Asked {
		return true
	}
	before := d.PPID == d.Run.PID || same && e.At.Before(last.At)
	return !before
}

// byStop reports whether a signal is one that muster ends leftovers with.
func byStop(sig procs.Signal) bool {
	return sig == procs.SIGKILL || sig == procs.SIGTERM || sig == procs.SIGINT || sig == procs.SIGHUP
}

// slotOf returns the present state of a slot, and its spec as expanded for it.
func (s *Session) slotOf(id procs.ID) (procs.Spec, *procs.Slot) {
	spec, slot := s.sup.Slot(id)
	if slot == nil {
		return procs.Spec{}, nil
	}
	return procs.Vars{ID: id, Port: slot.Port, PprofPort: slot.PprofPort}.Spec(spec), slot
}

// heard is the incident of an exception in a process that lives: pid is who
// had it, 0 where the mode of the output does not tell, which is then taken
// for the slot's own.
func (s *Session) heard(id procs.ID, pid int) (i incident, ok bool) {
	spec, slot := s.slotOf(id)
	if slot == nil {
		return i, false
	}
	run := s.runOf(slot)
	who := crash.Process{PIDRef: run.PIDRef, Argv: spec.Argv, Cwd: s.place(spec), Started: slot.StartedAt, ParentLived: true}
	if pid != 0 && pid != run.PID {
		who = crash.Process{PIDRef: procs.PIDRef{PID: pid}, Cwd: s.place(spec)}
		if d := s.descendant(id, pid); d != nil {
			who = crash.Process{PIDRef: d.PIDRef, PPID: d.PPID, Label: d.Label, Role: d.Role, Argv: d.Argv, Started: d.StartedAt, Cwd: s.place(spec), ParentLived: true}
		}
	}
	return incident{run: run, spec: spec, who: who, at: time.Now()}, true
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

// whose returns the slot that a process belongs to, or did until just now.
func (s *Session) whose(pid int) (procs.ID, bool) {
	pools := s.sup.Pools()
	for _, p := range pools {
		for i := range p.Slots {
			if s.runOf(&p.Slots[i]).PID == pid {
				return p.Slots[i].ID, true
			}
		}
	}
	for _, p := range pools {
		for i := range p.Slots {
			if s.descendant(p.Slots[i].ID, pid) != nil {
				return p.Slots[i].ID, true
			}
		}
	}
	return procs.ID{}, false
}

// runOf returns the present run of a slot, or its last one.
func (s *Session) runOf(slot *procs.Slot) procs.Run {
	if last, ok := s.runs.Load(slot.ID); ok && slot.PID == 0 {
		return last.(procs.Run) //nolint:forcetypeassert // nothing else is stored
	}
	return slot.Run
}

// begun notes a run that has been started.
func (s *Session) begun(run procs.Run, _ procs.Spec) {
	s.runs.Store(run.ID, run)
	pids := s.pidsOf(run.ID)
	pids = append(slices.Clone(pids[max(0, len(pids)-maxPIDs+1):]), run.PID)
	s.pids.Store(run.ID, pids)
}

// maxPIDs is of how many runs of a slot the pid is kept.
const maxPIDs = 16

// pidsOf returns the pids of the last runs of a slot.
func (s *Session) pidsOf(id procs.ID) []int {
	pids, _ := s.pids.Load(id)
	list, _ := pids.([]int)
	return list
}

// crashed tells of a new report.
func (s *Session) crashed(r *crash.Report) {
	label, _ := strings.CutPrefix(r.Name, r.Run.ID.String()+"/")
	if r.Name == r.Run.ID.String() {
		label = ""
	}
	s.events.add(procs.Event{Type: procs.EventCrash, ID: r.Run.ID, Label: label, PID: r.Who.PID, Text: r.Brief(), Kind: r.Group, After: s.cfg.Store.Next()})
	s.hooks.add(r)
	if (s.cfg.FailFast || r.Spec.FailFast) && !r.Exit.Asked { // else it is what was to end
		s.failFast.once.Do(func() {
			s.failFast.first.Store(r)
			close(s.failFast.crashed)
		})
	}
}
