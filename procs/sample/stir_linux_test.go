package sample

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"example.com/muster/procs"
	"golang.org/x/sys/unix"
)

// TestOnlyWhatStirsIsMadeAnew: after each pass the view of each slot is what it would be
// were all made anew, and its history has as many samples as there were passes.
func TestOnlyWhatStirsIsMadeAnew(t *testing.T) {
	runs := []procs.Run{
		start(t, 0, "/bin/sleep", "60"),
		start(t, 1, "/bin/sh", "-c", "while :; do /bin/true; sleep 0.1; done"),
		start(t, 2, "/bin/sh", "-c", "sleep 0.3; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exec sleep 60"),
		start(t, 3, "/bin/sleep", "60"),
		start(t, 4, "/bin/sh", "-c", "sleep 0.5 & sleep 1; exec sleep 60"),
		start(t, 5, "/bin/sleep", "60"),
	}
	s := sampler(t, runs...)
	listed := runs
	s.o.Runs = func() []procs.Run { return listed }
	quiet := 0
	tick := time.NewTicker(20 * time.Millisecond) // in which they do something
	defer tick.Stop()
	for n := range 100 {
		switch n {
		case 30:
			signal(t, runs[3], unix.SIGSTOP)
		case 50:
			signal(t, runs[3], unix.SIGCONT)
		case 70:
			s.Focus(runs[0].ID)
		case 80:
			signal(t, runs[5], unix.SIGKILL)
		case 85:
			listed = runs[:5]
		}
		s.pass()
		for _, run := range listed {
			got, _ := s.viewOf(run.ID)
			want := madeAnew(&s.p, run)
			if got.ForksPerSecond > 0 {
				got.ForksPerSecond = want.ForksPerSecond // which is another when it is worked out twice in a pass
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("pass %d, slot %d: there was\n%+v, where anew it is\n%+v", n, run.ID.Slot, got, want)
			}
		}
		quiet += len(runs) - len(s.p.stirred)
		<-tick.C
	}
	if quiet < 150 { // else nothing was tested
		t.Errorf("%d times in 100 passes a slot was left as it was", quiet)
	}
	for _, run := range listed {
		list := s.History(run.ID, 1000)
		if len(list) != 100 || !slices.IsSortedFunc(list, func(a, b procs.Sample) int { return a.At.Compare(b.At) }) || !list[99].At.Equal(s.p.at) {
			t.Errorf("slot %d has %d samples after 100 passes, the last of %v where it is %v", run.ID.Slot, len(list), list[len(list)-1].At, s.p.at)
		}
	}
	if list := s.History(runs[5].ID, 1000); len(list) != 85 {
		t.Errorf("there are %d samples of who was there in 85 passes", len(list))
	}
}

func signal(t *testing.T, run procs.Run, sig unix.Signal) {
	t.Helper()
	if err := unix.Kill(run.PID, sig); err != nil {
		t.Fatal(err)
	}
}

// madeAnew makes a view and leaves everything as it was.
func madeAnew(p *pass, run procs.Run) View {
	was := p.slots[run.ID]
	if was == nil {
		return p.view(run)
	}
	stirred := slices.Clone(p.stirred)
	again := *was
	p.slots[run.ID] = &again
	v := p.view(run)
	p.slots[run.ID], p.stirred = was, stirred
	return v
}
