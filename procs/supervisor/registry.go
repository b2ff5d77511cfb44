package supervisor

import (
	"sync"

	"example.com/muster/procs"
	"example.com/muster/procs/lifecycle"
)

// pool is the owner's own record of a pool; only Run's goroutine touches it.
type pool struct {
	spec  procs.Spec
	slots []*slot
	// leaving: the configuration has it no more; it is forgotten with its last slot.
	leaving bool
	// under are the pools that it depended on when it was to leave: they leave
	// after it. asked says that its slots have been told to go.
	under []string
	asked bool
	roll  *roll // nil unless a rolling restart is under way
}

// busy reports whether a slot of the pool lives or will start by itself.
func (p *pool) busy() bool {
	for _, sl := range p.slots {
		if sl.busy.Load() {
			return true
		}
	}
	return false
}

// registry is all pools, in the order in which they are shown. Only Run's
// goroutine touches it; others see what [Supervisor.publish] makes of it.
type registry struct {
	pools  []*pool
	byName map[string]*pool
	above  map[string][]*pool // the pools that depend on one
}

// index is called whenever pools or their dependencies have changed.
func (r *registry) index() {
	r.byName = make(map[string]*pool, len(r.pools))
	r.above = map[string][]*pool{}
	for _, p := range r.pools {
		r.byName[p.spec.Name] = p
		for _, d := range p.spec.DependsOn {
			r.above[d.Pool] = append(r.above[d.Pool], p)
		}
	}
}

func (r *registry) find(id procs.ID) *slot {
	p := r.byName[id.Pool]
	if p == nil || id.Slot < 0 || id.Slot >= len(p.slots) {
		return nil
	}
	return p.slots[id.Slot]
}

// specs returns what the pools are asked to be, without those that leave.
func (r *registry) specs() []procs.Spec {
	var out []procs.Spec
	for _, p := range r.pools {
		if !p.leaving {
			out = append(out, p.spec)
		}
	}
	return out
}

// poolView is what readers see of a pool.
type poolView struct {
	spec             procs.Spec
	slots            []*slot
	leaving, rolling bool
}

func (s *Supervisor) publish() {
	views := make([]poolView, len(s.reg.pools))
	for i, p := range s.reg.pools {
		views[i] = poolView{p.spec, append([]*slot(nil), p.slots...), p.leaving, p.roll != nil}
	}
	s.pools.Store(&views)
	s.moved()
}

// moved is called after each change of what readers see.
func (s *Supervisor) moved() {
	s.version.Add(1)
	if s.opt.Moved != nil {
		s.opt.Moved()
	}
}

// grow adds slots up to a size, and returns those that are new.
func (s *Supervisor) grow(p *pool, size int) []*slot {
	old := len(p.slots)
	for n := old; n < size; n++ {
		sl := newSlot(s, p.spec, procs.ID{Pool: p.spec.Name, Slot: n})
		if !s.paused.IsZero() { // with all others
			sl.paused = s.paused
			sl.status.Store(sl.view())
		}
		p.slots = append(p.slots, sl)
	}
	return p.slots[min(old, len(p.slots)):]
}

// start lets new slots of a pool run. They end by commands, never by a
// context, so that each climbs its ladder.
func (s *Supervisor) start(p *pool, slots []*slot) {
	var first []lifecycle.Input
	v := s.judge(p)
	if !p.spec.Disabled {
		first = entry(v)
	}
	for _, sl := range slots {
		// Said here and not only by the slot: what it waits for may change
		// before it has begun to wait.
		sl.busy.Store(len(first) > 0)
		sl.setWaits(len(first) > 0 && !v.Met)
		s.wg.Go(func() { sl.run(first) })
	}
}

// forgetRemoved drops the slots that have been scaled away and have ended, and
// the pools that leave once they have none; it reports whether there were any.
func (s *Supervisor) forgetRemoved() (any bool) {
	left := s.reg.pools[:0:0]
	for _, p := range s.reg.pools {
		for n := len(p.slots); n > p.spec.Size && p.slots[n-1].removed.Load(); n-- {
			close(p.slots[n-1].quit)
			s.lingers(p.slots[n-1], p)
			p.slots = p.slots[:n-1]
			any = true
		}
		if !p.leaving || len(p.slots) > 0 {
			left = append(left, p)
		}
	}
	if len(left) < len(s.reg.pools) {
		s.reg.pools = left
		s.reg.index()
	}
	return any
}

// stirred collects the names of pools of which a slot has changed, for the
// owner to look at when it gets there. Who adds never waits for it.
type stirred struct {
	mu    sync.Mutex
	names map[string]struct{}
	wake  chan struct{} // holds one value while there are names
}

func (s *stirred) add(name string) {
	s.mu.Lock()
	s.names[name] = struct{}{}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default: // the owner has been told already
	}
}

func (s *stirred) take() map[string]struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := s.names
	s.names = map[string]struct{}{}
	return names
}
