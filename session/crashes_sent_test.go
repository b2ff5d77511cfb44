package session

import (
	"context"
	"testing"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
)

// A signal to a slot has reached who was there and ended soon, whether or not anybody had
// seen it by then; of the slot's own process alone its children have nothing.
func TestWhoHasGotASignalToASlot(t *testing.T) {
	run := procs.Run{ID: procs.ID{Pool: "p"}, N: 2, PIDRef: procs.PIDRef{PID: 7, StartTime: 100}}
	other, next := run, run
	other.ID.Slot, next.N = 1, 3
	child, own := procs.PIDRef{PID: 8, StartTime: 101}, run.PIDRef
	before, soon, late := noon.Add(-time.Minute), noon.Add(time.Second), noon.Add(time.Minute)
	for _, tt := range []struct {
		name         string
		group        bool
		run          procs.Run
		who          procs.PIDRef
		began, ended time.Time
		want         bool
	}{
		{"the slot's own", true, run, own, before, soon, true},
		{"a child", true, run, child, before, soon, true},
		{"a child that began when nobody knows", true, run, child, time.Time{}, soon, true},
		{"a child that began after it", true, run, child, soon, soon, false},
		{"a child that had ended", true, run, child, before, before, false},
		{"a child that went on", true, run, child, before, late, false},
		{"a child of another slot", true, other, child, before, soon, false},
		{"a child of the next run", true, next, child, before, soon, false},
		{"the slot's own, alone", false, run, own, before, soon, true},
		{"a child of whom got it alone", false, run, child, before, soon, false},
	} {
		var l sentLog
		l.put(sentTo{run: run, group: tt.group, Sent: crash.Sent{Signal: procs.SIGHUP, By: "muster", At: noon}})
		if got := l.to(tt.run, tt.who, tt.began, tt.ended); (len(got) == 1) != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// What a signal of muster's has ended below a slot is no crash; what ends by another one
// at that time is, and so is the end of the slot's own process, which says who sent it.
func TestTheEndsAfterASignalOfMusters(t *testing.T) {
	const script = `trap : USR1; sleep 1000; sh -c 'kill -SEGV $$'; trap - USR1; sleep 1001; :`
	s, _ := served(t, procs.Spec{Name: "p", Argv: []string{"sh", "-c", script}, Output: procs.OutputPipe}.WithDefaults())
	usr1, _ := procs.ParseSignal("USR1")
	for n, seconds := range []string{"1000", "1001"} {
		until(t, "sleep "+seconds, func() bool {
			s.cfg.Tree.Refresh(true)
			for _, d := range s.Snapshot().Pools[0].Slots[0].Descendants {
				if d.Exit == nil && len(d.Argv) == 2 && d.Argv[1] == seconds {
					return true
				}
			}
			return false
		})
		if err := s.Do(context.Background(), procs.SendSignal{IDs: []procs.ID{{Pool: "p"}}, Signal: usr1}); err != nil {
			t.Fatal(err)
		}
		until(t, "the crash after it", func() bool { return len(s.Crashes()) > n })
	}
	var told []string
	for _, r := range s.Crashes() {
		told = append(told, r.Headline) // what a process that ended at once is called is not sure
	}
	if len(told) != 2 || told[0] != "SIGSEGV: touched memory that is not its own" || told[1] != "SIGUSR1: muster sent it" {
		t.Errorf("%q", told)
	}
}
