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
// that a stopped process gets the signal now. An error means that the leader has ended, whose
// exit is on the way then, or that it may not be signalled: see standstill.
func (s *slot) signalGroup(sig procs.Signal) {
	if s.process == nil {
		return
	}
	_ = s.process.SignalGroup(sig)
	if s.wakes(sig) {
		_ = s.process.SignalGroup(procs.SIGCONT)
	}
}

// wakes reports whether a signal is to be followed by SIGCONT: a stopped process takes
// no other until it goes on, but for SIGKILL.
func (s *slot) wakes(sig procs.Signal) bool {
	return sig != procs.SIGSTOP && sig != procs.SIGCONT && sig != procs.SIGKILL && s.paused.IsZero()
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

// signalDescendants signals every descendant that lives, wherever it went, and continues
// it as signalGroup does. An error means that it has ended meanwhile.
func (s *slot) signalDescendants(sig procs.Signal) (n int) {
	for _, ref := range s.sup.opt.Tree.Living(s.id) {
		_ = s.sup.opt.Tree.Signal(ref, sig)
		if s.wakes(sig) {
			_ = s.sup.opt.Tree.Signal(ref, procs.SIGCONT)
		}
		n++
	}
	return n
}

func (s *slot) killTree() {
	// Known before the leader's death: afterwards parents can no longer tell.
	s.sup.opt.Tree.Refresh(true)
	s.sup.opt.Tree.Killed(s.id)
	s.signalGroup(procs.SIGKILL)
	s.signalDescendants(procs.SIGKILL)
}

// clear begins to end what the leader left behind, or first lets that read what is left.
func (s *slot) clear(sig procs.Signal) {
	now := time.Now()
	s.draining = &draining{since: now, until: now.Add(s.life.Stop.Grace / 2)}
	if s.drains(now) || s.endLeft(sig) > 0 {
		s.clearing = time.NewTicker(pollEvery)
		return
	}
	s.cleared()
}

// endLeft asks what the leader left behind to end, and returns how many that are.
func (s *slot) endLeft(sig procs.Signal) (n int) {
	s.draining = nil
	s.sup.opt.Tree.Left(s.id, sig)
	s.untold = time.Now()
	return s.signalDescendants(sig)
}

// draining is how those that read what a run has printed, as "tee" does in
// "exec > >(tee log)", come to its end.
type draining struct {
	left         int       // bytes, as of the last look
	since, until time.Time // when that last changed, and when it is over in any case
}

// drainPause is how long it may take from the last byte to the end.
const drainPause = 2 * time.Second

// drains looks whether it is to be waited for them: they end by themselves soon.
func (s *slot) drains(now time.Time) bool {
	d := s.draining
	if s.wanted() || !s.paused.IsZero() || !now.Before(d.until) {
		return false
	}
	left, some := s.sup.opt.Tree.Draining(s.id)
	if left != d.left {
		d.left, d.since = left, now
	}
	return some && (left > 0 || now.Sub(d.since) < drainPause)
}

// cutShort ends those that have not come to the end of what a run has printed, and tells what
// is lost by that, unless somebody has asked for it.
func (s *slot) cutShort() {
	if left := s.draining.left; left > 0 && !s.wanted() {
		s.sup.notify(fmt.Sprintf("%s has ended; those that pass on its output have not come to the end of it in %s, bytes that are lost: %d",
			s.id, s.life.Stop.Grace/2, left))
	}
	s.endLeft(s.life.Stop.Signal)
}

// wanted reports whether somebody has asked that the run be over.
func (s *slot) wanted() bool {
	return s.life.LastExit.Asked || s.life.Leaving() || s.life.Returns()
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
	if s.draining != nil && !s.drains(time.Now()) {
		s.cutShort()
	}
	if s.life.Deadline().IsZero() { // the grace is over: whoever was born since is killed too
		s.signalDescendants(procs.SIGKILL)
	}
	s.tellLeft(len(living), time.Now())
	if stuck := s.life.Stuck(len(living), s.draining != nil, time.Now()); stuck.Reason != s.life.Reason {
		s.life = stuck
		s.publish()
	}
}

// cleared goes on once nothing is left of a run. Who has not asked for its end is
// told what ended with it: a program that leaves a server behind expects that to live.
func (s *slot) cleared() {
	if !s.life.LastExit.Asked && !s.life.Leaving() {
		var hangup time.Time
		if s.output == procs.OutputPTY {
			hangup = s.life.LastExit.At
		}
		s.sup.tellLeftBehind(s.id, hangup)
	}
	s.draining = nil
	s.sup.opt.Tree.Remove(s.current)
	s.must(lifecycle.Cleared{})
}

// tellLeftBehind tells what was ended with the run of a slot, if anything was.
func (s *Supervisor) tellLeftBehind(id procs.ID, hangup time.Time) {
	if n, daemons, hung := s.opt.Tree.Stopped(id, hangup); n > 0 {
		s.notify(fmt.Sprintf("%s has ended; %s", id, leftBehind(n, daemons, hung)))
	}
}

// leftBehind says what was ended with a run, and how it would have lived on: --keep-daemons
// is for what has left the session of its run. What the kernel hung up on may have had more
// to print: "tee" in "exec > >(tee log)" reads to the end where it has no terminal.
func leftBehind(n, daemons, hung int) string {
	what, were, live := fmt.Sprintf("%d processes that it left", n), "were", "lets them live"
	if n == 1 {
		what, were, live = "1 process that it left", "was", "lets it live"
	}
	spare := ""
	if hung > 0 {
		spare = "--output pipe spares what reads its output; "
	}
	switch {
	case hung == n:
		what = fmt.Sprintf("%s %s hung up on", what, were)
	case hung > 0:
		what = fmt.Sprintf("%s %s ended too, %d of them as its terminal hung up", what, were, hung)
	default:
		what = fmt.Sprintf("%s %s ended too", what, were)
	}
	switch daemons {
	case n:
		return fmt.Sprintf("%s (--keep-daemons %s)", what, live)
	case 0:
		return fmt.Sprintf("%s (%ssetsid with --keep-daemons %s)", what, spare, live)
	}
	return fmt.Sprintf("%s (%s--keep-daemons lets those live that have left its session, by setsid)", what, spare)
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
