package session

import (
	"testing"
	"time"

	"example.com/muster/procs"
)

// Of the processes below a slot that have ended a snapshot marks those whose end is a
// crash, and no command that answers by its code, even if that was only now.
func TestTheSnapshotMarksTheCrashesOfDescendants(t *testing.T) {
	script := `sh -c 'kill -SEGV $$'; while :; do sh -c 'exit 1'; sleep 0.01; done`
	spec := procs.Spec{Name: "p", Argv: []string{"sh", "-c", script}, Output: procs.OutputPipe}.WithDefaults()
	s, _ := servedWith(t, Config{Pools: []procs.Spec{spec}})
	list := func() []procs.Descendant { return s.Snapshot().Pools[0].Slots[0].Descendants }
	told := func() (told, quiet int) {
		for _, d := range list() {
			switch {
			case d.Told && (d.Exit == nil || d.Exit.Signal != 11):
				t.Fatalf("marked: %+v, %v", d, d.Exit)
			case d.Told:
				told++
			case d.Exit != nil:
				quiet++
			}
		}
		return told, quiet
	}
	until(t, "the crash among more ends than are listed", func() bool {
		n, other := told()
		ends, _ := s.cfg.Tree.Ended(procs.ID{Pool: "p"})
		return n == 1 && other > 0 && len(ends) > 100
	})
	if n := len(s.Crashes()); n != 1 {
		t.Errorf("%d crashes are told", n)
	}
}

// A crash that was not measured stands right below its slot, also if nobody has waited for it.
func TestWhereACrashStandsThatWasNotMeasured(t *testing.T) {
	script := `sh -c 'kill -SEGV $$' & exec sleep 1000`
	spec := procs.Spec{Name: "p", Argv: []string{"sh", "-c", script}, Output: procs.OutputPipe}.WithDefaults()
	s, _ := servedWith(t, Config{Pools: []procs.Spec{spec}})
	var list []procs.Descendant
	until(t, "the crash", func() bool {
		slot := s.Snapshot().Pools[0].Slots[0]
		slot.Descendants = nil
		list = s.withTold(&slot, s.toldEnds(time.Now()))
		return len(list) > 0
	})
	if len(list) != 1 || list[0].Depth != 1 {
		t.Errorf("told: %+v", list)
	}
}

// An end is marked for some seconds only, and in its own run.
func TestAnEndIsMarkedForAWhile(t *testing.T) {
	start := time.Now()
	who := procs.PIDRef{PID: 7, StartTime: 1}
	run := procs.Run{ID: procs.ID{Pool: "p"}, N: 2, PIDRef: procs.PIDRef{PID: 6, StartTime: 1}}
	var l crashLog
	i := incident{run: run, at: start}
	i.who.PIDRef = who
	l.mark(i)
	i.who.PIDRef = run.PIDRef // of the slot's own process its state tells
	l.mark(i)
	slot := &procs.Slot{Run: run, State: procs.Running}
	d := &procs.Descendant{PIDRef: who, Exit: &procs.Exit{Code: 1}}
	if told := (toldEnds{crashed: l.ended(start.Add(toldFor))}); len(told.crashed) != 1 || !told.has(slot, d) {
		t.Errorf("marked: %v", told)
	}
	var early crashLog
	e := incident{run: run, at: start}
	e.who.PIDRef = procs.PIDRef{PID: who.PID}
	early.mark(e)
	if told := (toldEnds{crashed: early.ended(start)}); !told.has(slot, d) {
		t.Error("one that ended before its start was known is not marked once it is")
	}
	other := &procs.Slot{Run: procs.Run{ID: procs.ID{Pool: "p", Slot: 1}, N: 2}, State: procs.Running}
	if told := (toldEnds{crashed: l.ended(start)}); !told.concerns(slot) || told.concerns(other) {
		t.Error("another slot than its own is looked through for it")
	}
	next := *slot
	next.N = 3
	if told := (toldEnds{crashed: l.ended(start)}); told.has(&next, d) {
		t.Error("it is marked in the run after its own")
	}
	if who := l.ended(start.Add(toldFor + time.Millisecond)); len(who) != 0 {
		t.Errorf("still marked: %v", who)
	}
}
