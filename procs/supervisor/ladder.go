package supervisor

import (
	"fmt"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/lifecycle"
)

// pollEvery is how often descendants that are being ended are looked at.
const pollEvery = 20 * time.Millisecond

// signalGroup signals the leader's process group, and continues it after that so
// that a stopped process gets the signal now. An error means that the leader has
// ended: its exit is on the way.
func (s *slot) signalGroup(sig procs.Signal) {
	if s.process == nil {
		return
	}
	_ = s.process.SignalGroup(sig)
	if sig != procs.SIGSTOP && sig != procs.SIGCONT && sig != procs.SIGKILL && s.paused.IsZero() {
		_ = s.process.SignalGroup(procs.SIGCONT)
	}
}

// signalLeader is signalGroup for a process that stops its own workers.
func (s *slot) signalLeader(sig procs.Signal) {
	if s.process == nil {
		return
	}
	_ = s.process.Signal(sig)
	if s.paused.IsZero() {
		_ = s.process.Signal(procs.SIGCONT)
	}
}

// signalDescendants signals every descendant that lives, wherever it went.
// An error means that it has ended meanwhile.
func (s *slot) signalDescendants(sig procs.Signal) (n int) {
	for _, ref := range s.sup.opt.Tree.Living(s.id) {
		_ = s.sup.opt.Tree.Signal(ref, sig)
		n++
	}
	return n
}

func (s *slot) killTree() {
	// Known before the leader's death: afterwards parents can no longer tell.
	s.sup.opt.Tree.Refresh(true)
	s.signalGroup(procs.SIGKILL)
	s.signalDescendants(procs.SIGKILL)
}

// clear begins to end what the leader left behind.
func (s *slot) clear(sig procs.Signal) {
	if s.signalDescendants(sig) == 0 {
		s.cleared()
		return
	}
	s.clearing = time.NewTicker(pollEvery)
	s.untold = time.Now()
}

// tellAfter is how long it may take without a word until what a run has left has ended.
const tellAfter = time.Second

// tellLeft tells once that it takes long until what a run has left has ended. Who has
// asked for the end knows, and a kill that comes at once tells itself.
func (s *slot) tellLeft(n int, now time.Time) {
	if s.untold.IsZero() || now.Sub(s.untold) < tellAfter || !s.paused.IsZero() {
		return
	}
	s.untold = time.Time{}
	if s.life.LastExit.Asked || s.life.Leaving() {
		return
	}
	what := fmt.Sprintf("%d of its processes are being stopped", n)
	if n == 1 {
		what = "1 of its processes is being stopped"
	}
	if kill := s.life.Deadline(); !kill.IsZero() {
		left := kill.Sub(now).Round(time.Second)
		if left <= 0 {
			return
		}
		what += fmt.Sprintf(" (kill in %s)", left)
	}
	s.sup.notify(fmt.Sprintf("%s has ended; %s", s.id, what))
}

func (s *slot) pollDescendants() {
	s.sup.opt.Tree.Refresh(true)
	living := s.sup.opt.Tree.Living(s.id)
	if len(living) == 0 {
		s.clearing.Stop()
		s.clearing = nil
		s.cleared()
		return
	}
	if s.life.Deadline().IsZero() { // the grace is over: whoever was born since is killed too
		s.signalDescendants(procs.SIGKILL)
	}
	s.tellLeft(len(living), time.Now())
	if stuck := s.life.Stuck(len(living), time.Now()); stuck.Reason != s.life.Reason {
		s.life = stuck
		s.publish()
	}
}

func (s *slot) cleared() {
	s.sup.opt.Tree.Remove(s.current)
	s.must(lifecycle.Cleared{})
}

// signal is the command of the same name.
func (s *slot) signal(c procs.SendSignal) error {
	switch {
	case s.process == nil:
		return lifecycle.ErrNotLive
	case c.To.Leader(s.life.Stop):
		return s.process.Signal(c.Signal)
	}
	return s.process.SignalGroup(c.Signal)
}

func pauseSlot(s *slot) error {
	if !s.paused.IsZero() {
		return nil
	}
	s.paused = time.Now()
	s.breakOff() // a process that stands still does not answer
	s.signalGroup(procs.SIGSTOP)
	s.sup.opt.Tree.Refresh(true)
	s.signalDescendants(procs.SIGSTOP)
	s.publish()
	return nil
}

func resumeSlot(s *slot) error {
	if s.paused.IsZero() {
		return nil
	}
	now := time.Now()
	s.life = s.life.Resume(s.paused, now)
	for _, c := range []*check{s.ready, s.live} {
		if c != nil {
			c.Check = c.Resume(s.paused, now)
		}
	}
	s.paused = time.Time{}
	s.signalDescendants(procs.SIGCONT)
	s.signalGroup(procs.SIGCONT)
	s.publish()
	return nil
}
