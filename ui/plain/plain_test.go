package plain

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/uitest"
	"example.com/muster/ui/waits"
)

// What a size does not start stays as it is, and is named: of what runs, is about to or
// never has, nothing is said.
func TestIdle(t *testing.T) {
	slot := func(n, run int, state procs.State) procs.Slot {
		return procs.Slot{Run: procs.Run{ID: procs.ID{Pool: "web", Slot: n}, N: run}, State: state}
	}
	slots := []procs.Slot{
		slot(0, 1, procs.Running), slot(1, 2, procs.Stopped), slot(2, 0, procs.Stopped), slot(3, 1, procs.BackingOff),
		slot(4, 1, procs.Exited), slot(5, 1, procs.Stopping), slot(6, 1, procs.Failed), slot(7, 1, procs.Stopped), slot(8, 1, procs.Starting),
	}
	for size, want := range map[int]string{
		0: " []", 1: " []", 2: "web/1 is stopped [web/1]", 5: "web/1 is stopped, web/4 has ended [web/1 web/4]",
		6: "web/1 is stopped, web/4 has ended, web/5 is being stopped [web/1 web/4]",
		9: "web/1 is stopped, web/4 has ended, web/5 is being stopped, and 2 more do not run [web/1 web/4 web/6 web/7]",
		7: "web/1 is stopped, web/4 has ended, web/5 is being stopped, and 1 more does not run [web/1 web/4 web/6]",
	} {
		text, ids := Idle(slots, size)
		if got := fmt.Sprint(text, " ", ids); got != want {
			t.Errorf("of %d: %s, want %s", size, got, want)
		}
	}
}

func TestEvent(t *testing.T) {
	const state, exit, crash = procs.EventState, procs.EventExit, procs.EventCrash
	for _, tt := range []struct {
		kind procs.EventType
		pid  int
		text string
		want string
	}{
		{state, 0, "starting", ""}, // a moment later it runs
		{state, 0, "starting: waits for db: ready", "train/0 waits for db: ready"},
		{state, 4121, "running", "train/0 is running, pid 4121"},
		{state, 4121, "running: not ready: tcp :80", "train/0 is running, pid 4121: not ready: tcp :80"},
		{state, 4121, "ready", "train/0 is ready"},
		{state, 4121, "not ready: tcp :80: connection refused", "train/0 is not ready: tcp :80: connection refused"},
		{state, 4121, "stopping", "train/0 is being stopped"},
		{state, 4121, "stopping: live: exec ./check exits 1", "train/0 is being stopped: live: exec ./check exits 1"},
		{state, 0, "backing_off: exit 3", "train/0 will be started again"},
		{state, 0, "stopped", "train/0 is stopped"},
		{state, 0, "failed: crash loop: exit 3 after 5 restarts", "train/0 has failed: crash loop: exit 3 after 5 restarts"},
		{state, 0, "exited: exit 0", ""}, // which its exit has said
		{exit, 4121, "exit 0", "train/0 has ended with code 0"},
		{exit, 4121, "SIGKILL", "train/0 was killed by SIGKILL"},
		{exit, 4121, "SIGSEGV (core dumped)", "train/0 was ended by SIGSEGV (core dumped)"},
		{exit, 4121, "ended, status unknown", "train/0 has ended, status unknown"},
		{exit, 0, "not found: pyhton3", ""}, // it has failed, which its state says
		{crash, 4121, "ValueError: x, at train.py:3", "crash in train/0, pid 4121: ValueError: x, at train.py:3"},
		{crash, 4121, "exit 3", ""}, // nothing more is known than the exit has said
		{crash, 0, "cannot be started: not found: pyhton3", ""},
		{procs.EventGap, 0, "7", ""},
		{crash, 4121, "Oops: \x1b[2J\a", "crash in train/0, pid 4121: Oops: ␇"},
	} {
		got := Event(procs.Event{Type: tt.kind, ID: procs.ID{Pool: "train"}, PID: tt.pid, Text: tt.text})
		if got != tt.want {
			t.Errorf("%s %q: %q, want %q", tt.kind, tt.text, got, tt.want)
		}
	}
	labelled := procs.Event{Type: procs.EventCrash, ID: procs.ID{Pool: "train"}, Label: "ForkPool-1", PID: 7, Text: "KeyError: 3"}
	if got := Event(labelled); got != "crash in train/0/ForkPool-1, pid 7: KeyError: 3" {
		t.Errorf("%q", got)
	}
}

func TestStands(t *testing.T) {
	id := procs.ID{Pool: "train"}
	for _, tt := range []struct {
		slot procs.Slot
		want string
	}{
		{procs.Slot{State: procs.Running, Run: procs.Run{ID: id, N: 1, PIDRef: procs.PIDRef{PID: 7}}}, "train/0 is running, pid 7"},
		{procs.Slot{State: procs.Stopped, Run: procs.Run{ID: id}}, "train/0 has not been started"},
		{procs.Slot{State: procs.Stopped, Run: procs.Run{ID: id, N: 2}}, "train/0 is stopped"},
		{procs.Slot{State: procs.Starting, Run: procs.Run{ID: id}}, "train/0 is starting"},
		{procs.Slot{State: procs.Starting, Run: procs.Run{ID: id}, Reason: "waits for db: ready"}, "train/0 waits for db: ready"},
		{procs.Slot{State: procs.Exited, Run: procs.Run{ID: id, N: 1}, Reason: "exit 3", LastExit: &procs.Exit{Code: 3}}, "train/0 has ended with code 3"},
		{procs.Slot{State: procs.Failed, Run: procs.Run{ID: id}, Reason: "not found: x"}, "train/0 has failed: not found: x"},
	} {
		if got := Stands(&tt.slot); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.slot, got, tt.want)
		}
	}
}

// TestAlarms: what is so is told once, whoever is named first in it, and once
// that it is over.
func TestAlarms(t *testing.T) {
	var alarms Alarms
	news := func(s *uitest.Session) []string { return alarms.News(waits.New(s.Locks(), s.Snapshot(), s.Crashes())) }
	expect := func(got []string, begins ...string) {
		t.Helper()
		if !slices.EqualFunc(got, begins, strings.HasPrefix) {
			t.Errorf("%q, want %q", got, begins)
		}
	}
	deadlocked := uitest.Deadlocked("/src")
	const told = "deadlock: web/0/Worker-1 has the flock on /tmp/bank/alice.lock and waits for the flock on /tmp/bank/bob.lock, which web/0/Worker-2 has; "
	expect(news(deadlocked), told)
	expect(news(deadlocked))
	view := *deadlocked.Locks()
	turned := view.Deadlocks[0]
	turned.Cycle = append(slices.Clone(turned.Cycle[1:]), turned.Cycle[0])
	view.Deadlocks = []graph.Deadlock{turned}
	deadlocked.SetLocks(&view)
	expect(news(deadlocked))
	expect(news(uitest.NobodyWaits()), "the deadlock of web/0/Worker-1 and web/0/Worker-2 is over")
	expect(news(uitest.NobodyWaits()))
	expect(news(uitest.AbandonedLock("/src")), "abandoned lock: 3 workers wait for the Lock made at worker.py:7, which nobody can release: last held by ")
	expect(news(uitest.Deadlocked("/src")), "nobody waits any more for the Lock made at worker.py:7, which was abandoned", told)
	expect(news(uitest.InARing("/src"))) // that a third has opened a lock of it is no news
	expect(news(uitest.NobodyWaits()), "the deadlock of web/0/Worker-1 and web/0/Worker-2 is over")

	ring := strings.Replace(told, "deadlock: ", "ring: ", 1)
	expect(news(uitest.InARing("/src")), ring)
	expect(news(uitest.InARing("/src")))
	expect(news(uitest.Deadlocked("/src")), told)
	expect(news(uitest.NobodyWaits()), "the deadlock of web/0/Worker-1 and web/0/Worker-2 is over")
	expect(news(uitest.InARing("/src")), ring)
	expect(news(uitest.NobodyWaits()), "the ring of web/0/Worker-1 and web/0/Worker-2 is over")
}
