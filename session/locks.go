package session

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
)

// Locks returns who waits for what, and who has it. It is never nil.
func (s *Session) Locks() *graph.View { return s.locks.View() }

// LocksJSON returns the same as the contract has it.
func (s *Session) LocksJSON() LocksJSON { return LocksOf(s.Locks(), s.names()) }

// LocksNow is the same as LocksJSON, but looks for it; see [locks.Watcher.Now].
func (s *Session) LocksNow(ctx context.Context) LocksJSON {
	s.cfg.Tree.Refresh(true) // also those who were started since the last sample
	return LocksOf(s.locks.Now(ctx), s.names())
}

// names returns a function that names processes of the session, those too
// that have ended, and strangers as far as Config.Comm knows them.
func (s *Session) names() func(procs.PIDRef) Who {
	known := map[procs.PIDRef]Who{}
	ended := map[int]Who{}  // the newest of each number
	living := map[int]Who{} // for those of whom nobody has told since when they live
	for _, r := range s.Crashes() {
		if !r.Lives {
			known[r.Who.PIDRef] = Who{r.Name, &r.Exit}
		}
	}
	for _, p := range s.Snapshot().Pools {
		for i := range p.Slots {
			slot := &p.Slots[i]
			past, _ := s.cfg.Tree.Ended(slot.ID)
			for _, d := range append(past, s.cfg.Tree.Descendants(slot.ID)...) { // it knows more than the last sample
				w := Who{slot.ID.String() + "/" + valid(d.Label), d.Exit}
				known[d.PIDRef] = w
				if d.Exit == nil {
					living[d.PID] = w
				} else {
					ended[d.PID] = w
				}
			}
			if slot.PID != 0 {
				known[slot.PIDRef] = Who{Name: slot.ID.String()}
				living[slot.PID] = known[slot.PIDRef]
			}
		}
	}
	return func(ref procs.PIDRef) Who {
		if w, ok := known[ref]; ok {
			return w
		}
		if w, ok := living[ref.PID]; ok && ref.StartTime == 0 {
			return w
		}
		if w, ok := ended[ref.PID]; ok && ref.StartTime == 0 {
			return w
		}
		comm := ""
		if s.cfg.Comm != nil {
			comm = s.cfg.Comm(ref.PID)
		}
		return Who{Name: Stranger(ref.PID, comm)}
	}
}

// targets returns the processes that live, each slot's own before its descendants.
func (s *Session) targets() []procs.PIDRef {
	key := [2]uint64{s.sup.Version(), s.cfg.Tree.Version()}
	if last := s.targeted.Load(); last != nil && last.key == key {
		return last.refs
	}
	var refs []procs.PIDRef
	for _, run := range s.sup.Runs() {
		refs = append(refs, run.PIDRef)
		for _, d := range s.cfg.Tree.Descendants(run.ID) {
			if d.Exit == nil {
				refs = append(refs, d.PIDRef)
			}
		}
	}
	s.targeted.Store(&targeted{key, refs})
	return refs
}

// targeted are the targets as of some versions of the supervisor and the tree.
type targeted struct {
	key  [2]uint64
	refs []procs.PIDRef // not changed
}

// Stacks reads the stacks of the processes that targets choose, as those of a
// [ProfileRequest] do, which takes a moment. The error says that there is none of them.
func (s *Session) Stacks(ctx context.Context, targets []string) (StacksJSON, error) {
	s.cfg.Tree.Refresh(true) // also those who were started since the last sample
	subjects, err := s.subjects(targets)
	if err != nil {
		return StacksJSON{}, fmt.Errorf("cannot read the stacks of %w", err)
	}
	var refs []procs.PIDRef
	for _, p := range subjects() {
		refs = append(refs, p.PIDRef)
	}
	if s.cfg.Stacks == nil {
		v := s.Locks()
		threads := slices.DeleteFunc(slices.Clone(v.Threads), func(t graph.State) bool { return !slices.Contains(refs, t.PIDRef) })
		note := profiling.Coverage{Source: "stacks", Note: "only those that the look at the locks has read"}
		return StacksOf(threads, append([]profiling.Coverage{note}, v.Coverage...), s.names()), nil
	}
	states, coverage := s.cfg.Stacks(ctx, refs)
	return StacksOf(states, coverage, s.names()), nil
}

// lockPast keeps what a report must not lose: deadlocks, rings and abandoned locks
// are gone from the view once somebody has ended those who were in them.
type lockPast struct {
	mu               sync.Mutex
	deadlocks, rings []DeadlockJSON
	locks            []LockJSON
}

// maxPast bounds how many of each are kept; older ones give way.
const maxPast = 200

// keepLocks notes what is bad until ctx is done.
func (s *Session) keepLocks(ctx context.Context) {
	for last := s.Locks(); ; {
		v := s.Locks()
		s.crashes.leave(v) // also those that are the same as before: a report may be new
		if v != last {
			last = v
			if len(v.Deadlocks)+len(v.Rings) > 0 || slices.ContainsFunc(v.Locks, func(l graph.Lock) bool { return l.Abandoned }) {
				s.past.note(LocksOf(v, s.names()))
			}
		}
		select {
		case <-s.lockLooks:
		case <-ctx.Done():
			return
		}
	}
}

// lookedAtLocks is told of each look at the locks.
func (s *Session) lookedAtLocks(changed bool) {
	select {
	case s.lockLooks <- struct{}{}:
	default: // the one before has not been kept yet
	}
	if changed {
		s.stir()
	}
}

func (p *lockPast) note(l LocksJSON) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range l.Deadlocks {
		p.deadlocks = replaced(p.deadlocks, d, d.same)
	}
	for _, d := range l.Rings {
		p.rings = replaced(p.rings, d, d.same)
	}
	for _, k := range l.Locks {
		if k.worthKeeping() {
			p.locks = replaced(p.locks, k, func(was LockJSON) bool { return was.ID == k.ID })
		}
	}
}

// replaced puts v in the place of what is the same, or at the end.
func replaced[T any](list []T, v T, same func(T) bool) []T {
	if i := slices.IndexFunc(list, same); i >= 0 {
		list[i] = v
		return list
	}
	if len(list) >= maxPast {
		list = slices.Delete(list, 0, 1)
	}
	return append(list, v)
}

// with adds the past to what is so now.
func (p *lockPast) with(now LocksJSON) LocksJSON {
	p.mu.Lock()
	defer p.mu.Unlock()
	now.Deadlocks = withPast(now.Deadlocks, p.deadlocks)
	now.Rings = withPast(now.Rings, p.rings)
	for _, l := range p.locks {
		i := slices.IndexFunc(now.Locks, func(n LockJSON) bool { return n.ID == l.ID })
		switch {
		case i < 0:
			now.Locks = append(now.Locks, l)
		case !now.Locks[i].worthKeeping():
			now.Locks[i] = l
		}
	}
	return now
}

// withPast adds the cycles that are over to those that are not.
func withPast(now, past []DeadlockJSON) []DeadlockJSON {
	for _, d := range past {
		if !slices.ContainsFunc(now, d.same) {
			now = append(now, d)
		}
	}
	return now
}

func (d *DeadlockJSON) same(other DeadlockJSON) bool { return slices.Equal(d.Cycle, other.Cycle) }

// worthKeeping reports whether a report must not lose a lock.
func (l *LockJSON) worthKeeping() bool { return l.Deadlocked || l.Ring || l.Abandoned }
