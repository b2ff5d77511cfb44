package session

import (
	"slices"

	"example.com/muster/profiling/crash"
	"example.com/muster/profiling/locks/graph"
)

// A lock that a process had at its end is often found out about only after
// it: a short hold falls between two looks, and the dead holder shows once
// somebody waits for the lock. So views that come later are compared with the
// reports that are there.

// leave adds to the reports of the dead those locks of a view that they have
// left taken, and who waits for them now.
func (l *crashLog) leave(v *graph.View) {
	left := abandonedOf(v)
	if left == nil {
		return
	}
	for _, r := range l.list() {
		if r.Lives || r.Who.PID == 0 {
			continue
		}
		if held := heldBy(left, r.Who.PIDRef, l.session.names); adds(r.Held, held) {
			l.change(r.Seq, func(r *crash.Report) { r.Held = withHeld(r.Held, held) })
		}
	}
}

// abandonedOf returns a view of the abandoned locks alone, nil if there are none.
func abandonedOf(v *graph.View) *graph.View {
	var left []graph.Lock
	for i := range v.Locks {
		if v.Locks[i].Abandoned {
			left = append(left, v.Locks[i])
		}
	}
	if left == nil {
		return nil
	}
	return &graph.View{At: v.At, Locks: left}
}

// adds reports whether more holds a lock, or somebody who waits, that held does not.
func adds(held, more []crash.Held) bool {
	return slices.ContainsFunc(more, func(m crash.Held) bool {
		i := slices.IndexFunc(held, func(h crash.Held) bool { return h.ID == m.ID })
		return i < 0 || !held[i].Abandoned || slices.ContainsFunc(m.Waiters, func(w string) bool { return !slices.Contains(held[i].Waiters, w) })
	})
}

// withHeld returns a new list, in which what more says of a lock takes the
// place of what held does.
func withHeld(held, more []crash.Held) []crash.Held {
	all := slices.Clone(held)
	for _, m := range more {
		if i := slices.IndexFunc(all, func(h crash.Held) bool { return h.ID == m.ID }); i >= 0 {
			all[i] = m
			continue
		}
		all = append(all, m)
	}
	return all
}
