package supervisor

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/lifecycle"
)

// lingering is what ends with the session of a slot whose pool keeps daemons, as it is none.
type lingering struct {
	slot  *slot
	stop  procs.StopPolicy // of its pool
	asked map[procs.PIDRef]bool
}

// lingers remembers a slot for what it may leave, if its pool keeps daemons: one that has been
// scaled away, too.
func (s *Supervisor) lingers(sl *slot, p *pool) {
	if !p.spec.KeepDaemons {
		return
	}
	if s.left == nil {
		s.left = map[procs.ID]*lingering{}
	}
	s.left[sl.id] = &lingering{sl, p.spec.Stop, map[procs.PIDRef]bool{}}
}

// stuckFor is how long what does not end is killed again and again, before it is left to
// the guard.
const stuckFor = time.Second

// settles is how long what a run has started last has to leave its session, before it counts as
// no daemon: "setsid server &" has only been forked when the shell ends.
const settles = 200 * time.Millisecond

// endLingering ends what the pools that keep daemons have left and what is no daemon, and
// tells of it as their slots do without KeepDaemons. It returns once nothing of it lives;
// when ctx is done it is killed.
func (s *Supervisor) endLingering(ctx context.Context) {
	for _, p := range s.reg.pools {
		for _, sl := range p.slots {
			s.lingers(sl, p)
		}
	}
	all := slices.SortedFunc(maps.Values(s.left), func(a, b *lingering) int {
		return cmp.Or(cmp.Compare(a.slot.id.Pool, b.slot.id.Pool), cmp.Compare(a.slot.id.Slot, b.slot.id.Slot))
	})
	if len(all) == 0 {
		return
	}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	s.ending = &ending{all: all, began: time.Now()}
	for s.askLingering(s.ending) {
		select {
		case r := <-s.inbox:
			r.reply <- s.serve(r)
		case <-tick.C:
		case <-ctx.Done():
			s.shutdown(true)
			ctx = context.WithoutCancel(ctx)
		}
	}
	for _, l := range all {
		if exit := l.slot.status.Load().LastExit; exit != nil && !exit.Asked { // nobody has asked for the end of its run
			s.tellLeftBehind(l.slot.id, time.Time{})
		}
	}
}

// ending is how far the end of all of that is.
type ending struct {
	all    []*lingering
	began  time.Time
	forced bool // their grace is over, since began
}

// resume lets the grace go on after a pause.
func (e *ending) resume(paused, now time.Time) {
	if e != nil {
		e.began = e.began.Add(lifecycle.Stood(paused, e.began, now))
	}
}

// askLingering asks or forces each of them to end, and reports whether any is to be waited for.
func (s *Supervisor) askLingering(e *ending) (wait bool) {
	s.opt.Tree.Refresh(true)
	if s.hurry && !e.forced {
		e.forced, e.began = true, time.Now()
	}
	if !s.paused.IsZero() && !s.hurry { // who stands still is not asked
		return slices.ContainsFunc(e.all, func(l *lingering) bool { return len(s.opt.Tree.Living(l.slot.id)) > 0 })
	}
	for _, l := range e.all {
		took := time.Since(e.began) - settles
		if e.forced {
			took += l.stop.Grace + settles
		}
		if l.ask(took) && took < l.stop.Grace+stuckFor {
			wait = true
		}
	}
	return wait
}

// ask signals what lives of a slot, after it has had some time to end, and reports whether
// there was anything. Before it settles, took is negative.
func (l *lingering) ask(took time.Duration) (some bool) {
	tree := l.slot.sup.opt.Tree
	for _, ref := range tree.Lingering(l.slot.id, l.stop.Signal) {
		some = true
		switch {
		case took >= l.stop.Grace:
			_ = tree.Signal(ref, procs.SIGKILL) // it may have ended, here and below
		case took < 0:
		case !l.asked[ref]:
			l.asked[ref] = true
			_ = tree.Signal(ref, l.stop.Signal)
			_ = tree.Signal(ref, procs.SIGCONT)
		}
	}
	return some
}
