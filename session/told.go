package session

import (
	"slices"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
)

// Most of what ends below a slot is nobody's affair. The snapshot marks those whose end
// is told.

const (
	// toldFor is for how long the end of a descendant is marked that was told as a crash.
	toldFor = 10 * time.Second
	// maxTold bounds how many such ends are known.
	maxTold = 256
)

// badEnd is the end of a descendant that was told as a crash.
type badEnd struct {
	who procs.PIDRef
	run procs.Run // of its slot
	at  time.Time
}

// mark notes that the end of an incident's process is told.
func (l *crashLog) mark(i incident) {
	if i.who.Self(i.run) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ends = append(l.ends[max(0, len(l.ends)-maxTold+1):], badEnd{i.who.PIDRef, i.run, i.at})
}

// ended returns, by slots, who has lately ended in a way that was told as a crash, and in
// which run.
func (l *crashLog) ended(now time.Time) map[procs.ID]map[procs.PIDRef]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ends = slices.DeleteFunc(l.ends, func(e badEnd) bool { return now.Sub(e.at) > toldFor })
	slots := map[procs.ID]map[procs.PIDRef]int{}
	for _, e := range l.ends {
		if slots[e.run.ID] == nil {
			slots[e.run.ID] = map[procs.PIDRef]int{}
		}
		slots[e.run.ID][e.who] = e.run.N
	}
	return slots
}

// toldEnds are the ends of descendants that are told.
type toldEnds struct {
	crashed map[procs.ID]map[procs.PIDRef]int // by their slots, and in which run of it
	holders map[int]bool                      // pids of those who had a lock for which others wait
}

func (s *Session) toldEnds(now time.Time) toldEnds {
	return toldEnds{s.crashes.ended(now), deadHolders(s.locks.View())}
}

// concerns reports whether there may be some below a slot: to look for them means to go
// through all that have ended there.
func (t *toldEnds) concerns(slot *procs.Slot) bool {
	return len(t.holders) > 0 || len(t.crashed[slot.ID]) > 0
}

// has reports whether the end of a descendant of a slot is told.
func (t *toldEnds) has(slot *procs.Slot, d *procs.Descendant) bool {
	run, crashed := t.crashed[slot.ID][d.PIDRef]
	if !crashed { // it had ended before anybody knew when it had begun
		run, crashed = t.crashed[slot.ID][procs.PIDRef{PID: d.PID}]
	}
	return d.Exit != nil && (t.holders[d.PID] || crashed && run == slot.N && slot.State.Live())
}

// withTold marks the descendants of a slot whose end is told, and adds those that were
// not measured again since, or are not listed any more.
func (s *Session) withTold(slot *procs.Slot, told toldEnds) []procs.Descendant {
	list := slices.Clone(slot.Descendants)
	past, _ := s.cfg.Tree.Ended(slot.ID)
	for _, d := range append(past, s.cfg.Tree.Descendants(slot.ID)...) {
		if !told.has(slot, &d) {
			continue
		}
		d.Told = true
		if i := slices.IndexFunc(list, func(o procs.Descendant) bool { return o.PIDRef == d.PIDRef }); i >= 0 {
			d.Depth = list[i].Depth
			list[i] = d
			continue
		}
		d.Depth = 1
		if i := slices.IndexFunc(list, func(o procs.Descendant) bool { return o.PID == d.PPID }); i >= 0 {
			d.Depth = list[i].Depth + 1
		}
		list = append(list, d)
	}
	return list
}

// deadHolders returns the pids of those who have ended with a lock for which
// somebody waits.
func deadHolders(v *graph.View) map[int]bool {
	var dead map[int]bool
	for i := range v.Locks {
		l := &v.Locks[i]
		if !l.Abandoned {
			continue
		}
		if dead == nil {
			dead = map[int]bool{}
		}
		if l.LastHolder != nil {
			dead[l.LastHolder.PID] = true
		}
		for _, h := range l.Holders {
			dead[h.PID] = true
		}
	}
	return dead
}
