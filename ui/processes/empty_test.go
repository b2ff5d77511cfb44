package processes_test

import (
	"strings"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/processes"
	"example.com/muster/ui/uitest"
)

// scaledTo is the session once a pool has another number of slots.
func (s screen) scaledTo(pool, n int) {
	s.session.Change(func(snap *procs.Snapshot) {
		p := &snap.Pools[pool]
		p.Size, p.Slots = n, uitest.Many(n).Snapshot().Pools[0].Slots
		for i := range p.Slots {
			p.Slots[i].ID.Pool = p.Name
		}
	})
	s.settle()
}

// A pool that has lost its last slot keeps a row, from which it gets one again.
func TestAPoolOfNoSlotsCanBeScaledUp(t *testing.T) {
	for _, size := range sizes {
		s := newScreen(uitest.Many(1), size.w, size.h-3)
		s.press(keys.ScaleDown)
		s.scaledTo(0, 0)
		if l := s.lines("› sleep "); len(l) != 1 || !strings.Contains(l[0], "○ no process, + sta") {
			t.Errorf("%dx%d: no row stands for the pool:\n%s", size.w, size.h, s.text())
		}
		if _, ok := s.Selected(); ok || len(s.Help()) == 0 || s.Help()[0].Label != "more" {
			t.Errorf("a slot is selected, or the hints are %+v", s.Help())
		}
		if got, ok := s.press(keys.ScaleUp).(keys.DoMsg); !ok || got.Command != procs.Command(procs.Scale{Pool: "sleep", Size: 1}) {
			t.Errorf("+ asks for %+v", got)
		}
		s.scaledTo(0, 1)
		if got, ok := s.press(keys.Stop).(keys.DoMsg); !ok || got.Done != "stopping sleep/0" {
			t.Errorf("x on the slot that is there again: %+v", got)
		}
	}
}

// Each key that does nothing to a pool without processes says why; those that look work.
func TestKeysOnAPoolOfNoSlots(t *testing.T) {
	want := keys.SayMsg{Text: "sleep has no process, + starts one", Bad: true}
	for _, v := range []keys.Verb{keys.Start, keys.Stop, keys.Kill, keys.Restart, keys.RestartPool, keys.ScaleDown, keys.Debug, keys.Copy, keys.Moment} {
		s := newScreen(uitest.Many(1), 120, 37)
		s.scaledTo(0, 0)
		if got := s.press(v); got != want {
			t.Errorf("verb %d: %+v", v, got)
		}
	}
	s := newScreen(uitest.Many(1), 120, 37)
	s.scaledTo(0, 0)
	if got := s.Lost(); got != want.Text {
		t.Errorf("who would profile it or type into it is told %q", got)
	}
	if got := s.press(keys.Open); got != (keys.OpenMsg{Screen: keys.Output, Source: procs.Source{Pool: "sleep"}}) {
		t.Errorf("Enter: %+v", got)
	}
	if got, ok := s.press(keys.ScaleUp, keys.ScaleDown).(keys.DoMsg); !ok || got.Command != procs.Command(procs.Scale{Pool: "sleep"}) {
		t.Errorf("- right after +: %+v", got)
	}
}

// Where two pools have no slots each has a row of its own, among the others.
func TestPoolsOfNoSlotsAmongOthers(t *testing.T) {
	s := newScreen(uitest.Composed(), 120, 37)
	s.scaledTo(0, 0)
	s.scaledTo(2, 0)
	if got := len(s.lines("no process, + starts one")); got != 2 {
		t.Errorf("%d rows stand for pools:\n%s", got, s.text())
	}
	name := s.session.Snapshot().Pools[2].Name
	if !s.Choose(procs.ID{Pool: name, Slot: processes.NoSlot}, procs.PIDRef{}) || len(s.lines("› "+name+" ")) != 1 {
		t.Errorf("%s cannot be chosen:\n%s", name, s.text())
	}
	s.typed(name, true)
	if l := s.lines("› " + name + " "); len(l) != 1 {
		t.Errorf("the filter does not find it:\n%s", s.text())
	}
}
