package processes_test

import (
	"strings"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/ui/keys"
	"example.com/muster/ui/uitest"
)

// Where there is no column of waits the rows say themselves who is in a deadlock and who
// waits, and where there is room for it, for what and who has that.
func TestWhoIsBlockedIsTold(t *testing.T) {
	for _, tt := range []struct {
		name    string
		session *uitest.Session
		w, h    int
		want    []string // a row each
	}{
		{"deadlock", uitest.Deadlocked("/src"), 80, 21, []string{
			"├ Worker-1    4201 ✗ deadlock", "bob.lock <- 4202", "├ Worker-2    4202 ✗ deadlock", "…ice.lock <- 4201",
		}},
		{"deadlock", uitest.Deadlocked("/src"), 40, 9, []string{"├ Worker-1   ✗ deadlock ", "└ Worker-3   ✗ deadlock "}},
		{"contention", uitest.Contention("/src"), 40, 9, []string{"├ ForkPool-1 ◌ waits ", "├ ForkPool-2 ● on cpu ", "├ ForkPool-3 ◌ waits ", "└ resource_… · sleeping "}},
		{"abandoned", uitest.AbandonedLock("/src"), 40, 9, []string{"├ ForkPool-1 ✝ abandoned "}},
		{"with the column", uitest.Deadlocked("/src"), 120, 37, []string{"├ Worker-1    4201 · sleeping     0%        ▁  120 MiB    1 deadlock bob.lock <- 4202"}},
	} {
		s := newScreen(tt.session, tt.w, tt.h)
		for _, want := range tt.want {
			if !strings.Contains(s.text(), want) {
				t.Errorf("%s at %dx%d: the screen lacks %q:\n%s", tt.name, tt.w, tt.h, want, s.text())
			}
		}
	}
}

// What stops a process is told also of one that waits, and so is what it printed unless it is
// in a deadlock.
func TestAWaitHidesNothingElse(t *testing.T) {
	session := uitest.Contention("/src")
	session.Change(func(snap *procs.Snapshot) {
		for i := range snap.Pools[0].Slots[0].Descendants {
			if d := &snap.Pools[0].Slots[0].Descendants[i]; d.Label == "ForkPool-1" {
				d.State = procs.RunStopped
			}
		}
	})
	s := newScreen(session, 80, 21)
	for sub, want := range map[string]string{"ForkPool-1": "‖ SIGSTOP", "ForkPool-3": "◌ waits"} {
		if l := s.lines(sub); len(l) == 0 || !strings.Contains(l[0], want) || !strings.Contains(l[0], "resized") {
			t.Errorf("%s: want %q and its last line in %q", sub, want, l)
		}
	}
}

// The line below the table says of the selected row what it waits for and who has that, whole,
// at every width that has such a line.
func TestTheSelectedWaitIsToldWhole(t *testing.T) {
	for _, tt := range []struct {
		w, h int
		want string
	}{
		{80, 21, "─ deadlock: waits for flock /tmp/bank/bob.lock <- web/0/Worker-2 ─"},
		{70, 21, "─ deadlock: waits for flock /tmp/bank/bob.lock <- web/0/Worker-2 ─"},
		{62, 21, "─ deadlock: waits for flock /tmp/bank/bob.lock <- Worker-2 ─"},
		{200, 57, "─ deadlock: waits for flock /tmp/bank/bob.lock <- web/0/Worker-2 ─"},
	} {
		s := newScreen(uitest.Deadlocked("/src"), tt.w, tt.h)
		s.press(keys.Down)
		if !strings.Contains(s.text(), tt.want) {
			t.Errorf("%dx%d: the screen lacks %q:\n%s", tt.w, tt.h, tt.want, s.text())
		}
	}
}
