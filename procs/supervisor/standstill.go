package supervisor

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// What cannot be ended: it may not be signalled, or hangs in the kernel.

// killFor is how long those that are killed may take until one of them has ended. Who takes
// longer may not be signalled, or hangs in the kernel.
const killFor = 5 * time.Second

// standstill reports whether none of those that are killed has ended for that long.
func (s *Supervisor) standstill() bool {
	n := len(slices.Collect(s.busy()))
	if n < s.hurried {
		s.hurried = n
		s.patience.Reset(killFor)
		return false
	}
	return n > 0
}

// busy are the slots that live, or will start by themselves.
func (s *Supervisor) busy() iter.Seq[*slot] {
	return func(yield func(*slot) bool) {
		for _, v := range *s.pools.Load() {
			for _, sl := range v.slots {
				if sl.busy.Load() && !yield(sl) {
					return
				}
			}
		}
	}
}

// tellAbandoned tells of what could not be ended, and is left to the guard: nobody waits for
// ever for what cannot end.
func (s *Supervisor) tellAbandoned() {
	list := slices.Collect(s.busy())
	names := make([]string, 0, abandonedTold)
	for _, sl := range list[:min(len(list), abandonedTold)] {
		name := sl.id.String() + " (it has not begun)"
		if st := sl.status.Load(); st.PID != 0 {
			name = fmt.Sprintf("%s (pid %d)", sl.id, st.PID)
		}
		names = append(names, name)
	}
	text := "cannot end " + strings.Join(names, ", ")
	if more := len(list) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	s.notify(text + ": it may not be signalled, as what sudo runs may not, or hangs in the kernel")
}

// abandonedTold is how many of those are named.
const abandonedTold = 5
