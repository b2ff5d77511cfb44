package ui

import (
	"strings"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/session"
	"example.com/muster/ui/uitest"
)

// S shows where all threads are, on whatever screen; Esc takes it away again.
func TestStacksOfEverything(t *testing.T) {
	s := newStage(t, uitest.Composed())
	s.session.SetStacks(session.StacksJSON{Stacks: []session.StackJSON{{
		Processes: []string{"api/0", "api/1"}, PID: 7, TID: 7, Count: 2, Wait: graph.InLock, Stack: []string{"/srv/worker.py:7 take", "/srv/worker.py:9 work"},
	}}})
	for _, screen := range []string{"1", "2", "4", "5"} {
		s.Keys(screen, "S")
		for _, want := range []string{"Where all threads were at 12:03:12", "2 of 2 threads: waiting for a lock in worker.py:7 take", "api/0, api/1", "/srv/worker.py:9 work"} {
			if !strings.Contains(s.frame(), want) {
				t.Errorf("on screen %s the sheet lacks %q:\n%s", screen, want, s.frame())
			}
		}
		s.Keys("esc")
		if strings.Contains(s.frame(), "Where all threads") {
			t.Errorf("on screen %s it stays", screen)
		}
	}
	s.wantCommands(t)
}

// What is on each screen, and what covers it, is copied by a key: no mouse is needed.
func TestEverythingIsCopiedByAKey(t *testing.T) {
	stacks := session.StacksJSON{Stacks: []session.StackJSON{{Processes: []string{"api/0"}, PID: 7, TID: 7, Count: 1, Wait: graph.InLock, Stack: []string{"/srv/worker.py:7 take"}}}}
	for name, c := range map[string]struct {
		session *uitest.Session
		keys    []string
		want    []string
	}{
		"a row":            {uitest.Typical(), []string{"1", "y"}, []string{"copy 4121"}},
		"a line":           {uitest.Typical(), []string{"2", "g", "y"}, []string{"copy loading 50,000 images"}},
		"a block":          {uitest.Typical(), []string{"2", "g", "m", "j", "j", "y", "y"}, []string{"copy loading 50,000 images", "model: resnet18", "resized 00040.jpg"}},
		"a line of a pane": {uitest.Typical(), []string{"1", "tab", "g", "y"}, []string{"copy loading 50,000 images"}},
		"a lock":           {uitest.Contention("/src"), []string{"4", "y"}, []string{"Lock made at worker.py:7", "ForkPool-2"}},
		"its card":         {uitest.Contention("/src"), []string{"4", "enter", "y"}, []string{"Lock made at worker.py:7", "ForkPool-2", "worker.py:17 resize"}},
		"a crash":          {uitest.Typical(), []string{"5", "y"}, []string{"api/2", "exit 3"}},
		"its card's":       {uitest.Typical(), []string{"5", "enter", "y"}, []string{"api/2", "exit 3"}},
		"a worker's item":  {uitest.Album(), []string{"7", "y"}, []string{"copy 2019/summer/0112.jpg"}},
		"a kind of failed": {uitest.Album(), []string{"7", "tab", "y"}, []string{"ValueError: bad width: 0", "resize.py:17"}},
		"a failed item":    {uitest.Album(), []string{"7", "tab", "enter", "y"}, []string{"ValueError: bad width: 0", "resize.py:17"}},
		"a result":         {uitest.Album(), []string{"7", "tab", "tab", "tab", "y"}, []string{`{"width": `}},
		"stacks":           {uitest.Typical(), []string{"S", "y"}, []string{"copy Where all threads were", "api/0", "/srv/worker.py:7 take"}},
	} {
		c.session.SetStacks(stacks)
		s := newStage(t, c.session)
		s.Keys(c.keys[:len(c.keys)-1]...)
		s.display.asked()
		s.Keys(c.keys[len(c.keys)-1])
		got := strings.Join(s.display.asked(), "")
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: what is copied lacks %q:\n%s", name, want, got)
			}
		}
		if said := s.status(); !strings.HasPrefix(said, "copied ") {
			t.Errorf("%s: it says %q", name, said)
		}
	}
}

// What the descendants have used while another screen was in front is shown afterwards.
func TestTheCurvesGoOnBehindAnotherScreen(t *testing.T) {
	s := newStage(t, uitest.Typical())
	s.Keys("2")
	for range 20 {
		s.now = s.now.Add(time.Second)
		s.session.Change(func(snap *procs.Snapshot) {
			snap.At = s.now
			snap.Pools[0].Slots[0].Sample.At = s.now
		})
		s.Send(frameMsg{})
	}
	s.Keys("1")
	for l := range strings.Lines(s.frame()) {
		if strings.Contains(l, "ForkPool-2") && strings.Contains(l, "on cpu") {
			if n := strings.Count(l, "▇"); n < 4 {
				t.Errorf("the curve has %d blocks: %q", n, l)
			}
			return
		}
	}
	t.Errorf("there is no row of the worker:\n%s", s.frame())
}
