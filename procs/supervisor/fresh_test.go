package supervisor

import (
	"testing"

	"example.com/muster/procs"
)

// Whoever looks before the first process has begun sees that it will, and not one that
// has ended.
func TestWhatHasNotBegunStarts(t *testing.T) {
	on, off := named("on", nil), named("off", func(s *procs.Spec) { s.Disabled = true })
	stagePools(t, []procs.Spec{on, off}, nil, func(st *stage) {
		before := New(Options{Pools: []procs.Spec{on, off}}).Pools()
		if got := before[0].Slots[0].State; got != procs.Starting {
			t.Errorf("before it has begun, on/0 is %s", got)
		}
		if got := before[1].Slots[0].State; got != procs.Stopped {
			t.Errorf("off/0 is %s", got)
		}
		st.do(procs.Stop{IDs: []procs.ID{{Pool: "on"}}})
		st.ends("on", 0)
		if got := st.slot("on").State; got != procs.Stopped {
			t.Errorf("after a stop, on/0 is %s", got)
		}
		if want := "on/0 starting ready false"; st.changes[0] != want {
			t.Errorf("the first change is %s, want %s", st.changes[0], want)
		}
	})
}
