package supervisor

import (
	"fmt"
	"sync"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
)

// Who has to be killed since the time to end is over has not done what it is asked to do
// then, such as to save its work. So that is told: of a few each, of the others their number.
const (
	overdueTold     = 3
	overdueTogether = time.Second // those without such a pause between them are told together
)

// overdue counts those that are killed at the end of their grace.
type overdue struct {
	wake chan struct{} // there are some of which only the number is to be told

	mu         sync.Mutex
	last       time.Time // when there was one
	told, more int       // of those that are told together
}

// add counts one, and reports whether it is to be told by itself.
func (o *overdue) add(now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now.Sub(o.last) > overdueTogether {
		o.told = 0
	}
	o.last = now
	if o.told < overdueTold {
		o.told++
		return true
	}
	o.more++
	select {
	case o.wake <- struct{}{}:
	default: // it is awake
	}
	return false
}

// take returns how many have not been told by themselves.
func (o *overdue) take() (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, o.more = o.more, 0
	return n
}

// tellOverdue tells that the process of a slot is about to be killed, if it lives and has been
// asked to end.
func (s *slot) tellOverdue(now time.Time) {
	stop := s.life.Stop
	if s.process == nil || s.life.State != procs.Stopping || stop.Signal == procs.SIGKILL {
		return
	}
	ref := s.process.Ref()
	ended, ignores := standing(ref, stop.Signal)
	if ended || !s.sup.overdue.add(now) {
		return
	}
	text := fmt.Sprintf("%s (pid %d) did not end within %s of %s", s.id, ref.PID, stop.Grace, stop.Signal)
	if ignores {
		text += ", which it ignores"
	}
	s.sup.notify(text + ": killed")
}

// standing reports whether a process has ended just now, and whether it ignores a signal,
// as far as the kernel tells.
func standing(ref procs.PIDRef, sig procs.Signal) (ended, ignores bool) {
	stat, err := procfs.ReadStat(ref.PID)
	if err != nil || stat.StartTime != ref.StartTime {
		return false, false
	}
	sets, err := procfs.ReadSignals(ref.PID)
	return stat.Ended(), err == nil && sets.Ignored.Has(int(sig))
}

// tellMoreOverdue tells how many more there were.
func (s *Supervisor) tellMoreOverdue() {
	switch n := s.overdue.take(); n {
	case 0:
	case 1:
		s.notify("1 more process did not end within its grace: killed")
	default:
		s.notify(fmt.Sprintf("%d more processes did not end within their grace: killed", n))
	}
}
