package ui

import (
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/ui/uitest"
)

// What was asked for is told as under way until it has happened, and then as what has happened.
func TestTheStatusLineTellsWhatHasHappened(t *testing.T) {
	begin := uitest.Now
	stopping := func(s *procs.Slot) { s.State, s.Since = procs.Stopping, begin }
	ended := func(sig procs.Signal) func(*procs.Slot) {
		return func(s *procs.Slot) {
			s.State, s.Since, s.PID = procs.Stopped, begin.Add(time.Second), 0
			s.LastExit = &procs.Exit{Signal: sig, Asked: true, At: begin.Add(time.Second)}
		}
	}
	starting := func(s *procs.Slot) { s.State, s.Since = procs.Starting, begin.Add(time.Second) }
	again := func(sig procs.Signal) func(*procs.Slot) {
		return func(s *procs.Slot) {
			ended(sig)(s)
			starting(s)
		}
	}
	runs := func(s *procs.Slot) { s.State, s.N, s.PID = procs.Running, s.N+1, 77 }
	fails := func(s *procs.Slot) {
		s.State, s.Since, s.N, s.Reason = procs.Failed, begin.Add(time.Second), s.N+1, "not found: ./x"
	}
	for name, tt := range map[string]struct {
		first []func(*procs.Slot) // before the key
		keys  []string
		says  string
		then  []func(*procs.Slot)
		want  string
	}{
		"a stop":                    {nil, []string{"x"}, "stopping sleep/0", []func(*procs.Slot){stopping, ended(procs.SIGTERM)}, "sleep/0 stopped"},
		"a stop that ends killing":  {nil, []string{"x"}, "stopping sleep/0", []func(*procs.Slot){stopping, ended(procs.SIGKILL)}, "sleep/0 was killed after 1.0s"},
		"a kill":                    {nil, []string{"X"}, "killing sleep/0", []func(*procs.Slot){stopping, ended(procs.SIGKILL)}, "sleep/0 was killed"},
		"a restart":                 {nil, []string{"r"}, "restarting sleep/0", []func(*procs.Slot){stopping, again(procs.SIGTERM), runs}, "sleep/0 restarted"},
		"one that had to be killed": {nil, []string{"r"}, "restarting sleep/0", []func(*procs.Slot){stopping, again(procs.SIGKILL), runs}, "sleep/0 was killed after 1.0s and started again"},
		"one that fails":            {nil, []string{"r"}, "restarting sleep/0", []func(*procs.Slot){stopping, again(procs.SIGTERM), fails}, "sleep/0 has failed: not found: ./x"},
		"a start":                   {[]func(*procs.Slot){stopping, ended(procs.SIGKILL)}, []string{"s"}, "starting sleep/0", []func(*procs.Slot){starting, runs}, "sleep/0 started"},
	} {
		session := uitest.Many(2)
		change := func(f func(*procs.Slot)) {
			session.Change(func(snap *procs.Snapshot) { f(&snap.Pools[0].Slots[0]) })
		}
		for _, f := range tt.first {
			change(f)
		}
		s := newStage(t, session)
		s.Keys(tt.keys...)
		if got := s.status(); got != tt.says {
			t.Errorf("%s: at first it says %q, want %q", name, got, tt.says)
		}
		for i, f := range tt.then {
			change(f)
			want := tt.says
			if i == len(tt.then)-1 {
				want = tt.want
			}
			if got := s.status(); got != want {
				t.Errorf("%s, step %d: it says %q, want %q", name, i, got, want)
			}
		}
		s.now = s.now.Add(noticeFor + time.Second)
		s.session.Stir()
		if got := s.status(); got == tt.want {
			t.Errorf("%s: it stays: %q", name, got)
		}
	}
}

// Of a whole pool it is told once, and what went otherwise is named.
func TestTheStatusLineTellsOfAPool(t *testing.T) {
	for name, tt := range map[string]struct {
		fails bool
		want  string
	}{"all": {false, "all 3 of sleep restarted"}, "but one": {true, "2 of the 3 of sleep restarted; sleep/1 has failed: not found: ./x"}} {
		s := newStage(t, uitest.Many(3))
		s.Keys("R", "y")
		for i := range 3 {
			if got := s.status(); got != "restarting sleep" {
				t.Errorf("%s: after %d it says %q", name, i, got)
			}
			s.session.Change(func(snap *procs.Snapshot) {
				slot := &snap.Pools[0].Slots[i]
				slot.N++
				if tt.fails && i == 1 {
					slot.State, slot.Reason = procs.Failed, "not found: ./x"
				}
			})
		}
		if got := s.status(); got != tt.want {
			t.Errorf("%s: it says %q, want %q", name, got, tt.want)
		}
	}
}

// A pool has its new size when the last of what was started runs and what was to go has gone.
func TestTheStatusLineTellsOfANewSize(t *testing.T) {
	s := newStage(t, uitest.Many(1))
	s.Keys("+")
	state := func(state procs.State) {
		s.session.Change(func(snap *procs.Snapshot) {
			p := &snap.Pools[0]
			p.Size = 2
			p.Slots = append(p.Slots[:1:1], procs.Slot{Run: procs.Run{ID: procs.ID{Pool: p.Name, Slot: 1}}, State: state})
		})
	}
	for range 2 {
		if got, want := s.status(), "sleep: 2 slots asked for"; got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
		state(procs.Starting)
	}
	state(procs.Running)
	if got, want := s.status(), "sleep has 2 slots now"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}

// Whoever stops the last one is told how to leave, as no frame follows.
func TestTheLastStopTellsHowToLeave(t *testing.T) {
	s := newStage(t, uitest.Many(1))
	s.Keys("x")
	s.session.Change(func(snap *procs.Snapshot) { snap.Ended, snap.Pools[0].Slots[0].State = true, procs.Stopped })
	if got, want := s.status(), "sleep/0 stopped; q leaves"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}

// A key that was pressed meanwhile has taken the note away: then it does not come back.
func TestAnOutcomeIsNoNewsAfterAnotherKey(t *testing.T) {
	s := newStage(t, uitest.Many(2))
	counts := s.status()
	s.Keys("x", "j")
	s.session.Change(func(snap *procs.Snapshot) { snap.Pools[0].Slots[0].State = procs.Stopped })
	if got := s.status(); got == counts || got != "1 running, 1 stopped" {
		t.Errorf("it says %q", got)
	}
}
