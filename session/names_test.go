package session

import (
	"context"
	"testing"

	"example.com/muster/procs"
)

// The children of a run are not shown as living once it is over, also before anything is
// measured again.
func TestChildrenOfARunThatIsOver(t *testing.T) {
	spec := procs.Spec{Name: "p", Argv: []string{"sh", "-c", "sleep 1000; :"}, Output: procs.OutputPipe}.WithDefaults()
	s, _ := servedWith(t, Config{Pools: []procs.Spec{spec}})
	slot := func() procs.Slot { return s.Snapshot().Pools[0].Slots[0] }
	until(t, "the child of the shell", func() bool { return len(slot().Descendants) == 1 })
	child := slot().Descendants[0].PID
	living := func() bool {
		for _, d := range slot().Descendants {
			if d.PID == child && d.Exit == nil {
				return true
			}
		}
		return false
	}
	ids := []procs.ID{{Pool: "p"}}
	if err := s.Do(context.Background(), procs.Restart{IDs: ids}); err != nil {
		t.Fatal(err)
	}
	until(t, "the next run", func() bool { return slot().N == 2 && slot().State == procs.Running })
	if living() {
		t.Errorf("%d is shown as living under the next run: %+v", child, slot().Descendants)
	}
	until(t, "the next child", func() bool { return len(slot().Descendants) == 1 })
	child = slot().Descendants[0].PID
	if err := s.Do(context.Background(), procs.Stop{IDs: ids}); err != nil {
		t.Fatal(err)
	}
	until(t, "the end", func() bool { return !slot().State.Live() })
	if list := slot().Descendants; len(list) > 0 {
		t.Errorf("shown after the end: %+v", list)
	}
}
