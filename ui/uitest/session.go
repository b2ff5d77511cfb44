// Package uitest lets a test look at the screens without a terminal, a
// process or a clock: [Session] answers what a real session would, with
// invented processes at the fixed time [Now]; [Drive] plays the part of the
// event loop, one message after the other; [Golden] compares a frame with the
// one that was looked at and kept. The invented sessions are in people.go.
package uitest

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/session"
)

// Now is the time on the clock of every invented session.
var Now = time.Date(2026, time.November, 22, 12, 3, 12, 0, time.UTC)

// Session is a session whose state the test sets. It may be used from several goroutines.
type Session struct {
	mu       sync.Mutex
	snapshot *procs.Snapshot
	version  uint64
	lines    []procs.Line // all of them, in order of arrival; Seq counts them
	samples  map[procs.ID][]procs.Sample
	crashes  []*crash.Report
	crashed  int // how many there were
	rows     []crash.Row
	locks    *graph.View
	commands []procs.Command
	refuse   error
	stirred  chan struct{}
	plan     []procs.Change
	noPlan   error
	stacks   session.StacksJSON
	profiles []*session.Profiled
	packed   map[int][]byte // their profiles
	asked    []session.Question
	tasks    *session.Tasks
	terminal *Terminal
	moments  map[int][]session.Moment // by pid
}

// New returns a session in the state s.
func New(s *procs.Snapshot) *Session {
	return &Session{locks: &graph.View{}, snapshot: s, version: 1, samples: map[procs.ID][]procs.Sample{}, stirred: make(chan struct{}, 1)}
}

// Set replaces the state.
func (s *Session) Set(snap *procs.Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	snap.Version = s.snapshot.Version + 1
	s.snapshot = snap
	s.moved()
}

// moved is called by whoever changes something. It holds mu.
func (s *Session) moved() {
	s.version++
	s.Stir()
}

// Stirred implements port.Session.
func (s *Session) Stirred() <-chan struct{} { return s.stirred }

// Stir says that something may have moved.
func (s *Session) Stir() {
	select {
	case s.stirred <- struct{}{}:
	default:
	}
}

// Change replaces the state by a copy that f has changed. f must not write
// to the slices of the old one, which readers may still hold; it gets copies
// of the pools and their slots.
func (s *Session) Change(f func(*procs.Snapshot)) {
	snap := *s.Snapshot()
	snap.Pools = slices.Clone(snap.Pools)
	for i := range snap.Pools {
		snap.Pools[i].Slots = slices.Clone(snap.Pools[i].Slots)
	}
	f(&snap)
	s.Set(&snap)
}

// Print adds lines of output, one hundredth of a second apart.
func (s *Session) Print(id procs.ID, pid int, stream procs.Stream, texts ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, text := range texts {
		n := uint64(len(s.lines))
		s.lines = append(s.lines, procs.Line{
			Seq: n, ID: id, PID: pid, Stream: stream, Text: []byte(text),
			At: Now.Add(-time.Minute + time.Duration(n)*10*time.Millisecond),
		})
	}
	s.moved()
}

// Crash adds a report.
func (s *Session) Crash(r *crash.Report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.crashed++
	r.Seq = s.crashed
	s.crashes = append(s.crashes, r)
	s.moved()
}

// CountCrashes says how many crashes of each kind there were, and when.
func (s *Session) CountCrashes(rows ...crash.Row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = rows
	s.moved()
}

// Withdraw takes back the first n crashes, as a map does with those of items that are tried again.
func (s *Session) Withdraw(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.crashes = slices.Clone(s.crashes[n:])
	s.moved()
}

// Measure adds samples of a slot.
func (s *Session) Measure(id procs.ID, samples ...procs.Sample) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.samples[id] = append(s.samples[id], samples...)
	s.moved()
}

// Earlier is the state at the last measurement but one, when there were no descendants.
func (s *Session) Earlier() *procs.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	snap := *s.snapshot
	snap.At = snap.At.Add(-time.Second)
	snap.Pools = slices.Clone(snap.Pools)
	for i := range snap.Pools {
		p := &snap.Pools[i]
		p.Slots = slices.Clone(p.Slots)
		for k := range p.Slots {
			p.Slots[k].Descendants = nil
			if all := s.samples[p.Slots[k].ID]; len(all) > 1 {
				p.Slots[k].Sample = all[len(all)-2]
			}
		}
	}
	return &snap
}

// Did sets what a process did lately.
func (s *Session) Did(moments ...session.Moment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.moments == nil {
		s.moments = map[int][]session.Moment{}
	}
	for _, m := range moments {
		s.moments[m.PID] = append(s.moments[m.PID], m)
	}
	s.moved()
}

// Refuse makes Do answer err from now on.
func (s *Session) Refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = err
}

// Commands returns what has been asked by Do so far, in order.
func (s *Session) Commands() []procs.Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}

// Snapshot implements port.Session.
func (s *Session) Snapshot() *procs.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snapshot
}

// Version implements port.Session.
func (s *Session) Version() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// Samples implements port.Session.
func (s *Session) Samples(id procs.ID, n int) []procs.Sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.samples[id]
	return all[max(0, len(all)-n):]
}

// Crashes returns the reports so far.
func (s *Session) Crashes() []*crash.Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.crashes)
}

// Locks returns the view of the locks.
func (s *Session) Locks() *graph.View {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.locks
}

// Found implements port.Session.
func (s *Session) Found() session.Found {
	s.mu.Lock()
	profiles, tasks, rows := slices.Clone(s.profiles), s.tasks, s.rows
	s.mu.Unlock()
	return session.Found{Crashes: s.Crashes(), CrashRows: rows, Locks: s.Locks(), Profiles: profiles, Tasks: tasks}
}

// SetTasks makes the session a map over items, and says how far it is.
func (s *Session) SetTasks(t *session.Tasks) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tasks = t
	s.version++
}

// Profile puts a capture into the history, in the place of the one of its
// number if there is one, with its profile in pprof's format.
func (s *Session) Profile(c *session.Profiled, packed []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.profiles, func(p *session.Profiled) bool { return p.Seq == c.Seq })
	if i < 0 {
		s.profiles = append(s.profiles, c)
	} else {
		s.profiles[i] = c
	}
	if s.packed == nil {
		s.packed = map[int][]byte{}
	}
	s.packed[c.Seq] = packed
	s.moved()
}

// Asked returns what has been asked about captures, terminals and moments, in order.
func (s *Session) Asked() []session.Question {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// SetLocks replaces the view of the locks.
func (s *Session) SetLocks(v *graph.View) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.locks = v
	s.moved()
}

// Do implements port.Session: it notes the command.
func (s *Session) Do(_ context.Context, c procs.Command) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, c)
	return s.refuse
}

// Output implements port.Session.
func (s *Session) Output(q procs.Query) (procs.Page, error) {
	var match *regexp.Regexp
	if q.Match != "" {
		var err error
		if match, err = regexp.Compile(q.Match); err != nil {
			return procs.Page{}, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := s.of(q.Source)
	page := procs.Page{End: uint64(len(lines)), Next: q.From}
	if page.Next > page.End {
		page.Next = page.End
	}
	scan := q.ScanLimit
	if scan == 0 {
		scan = q.Max
	}
	for ; scan > 0 && len(page.Lines) < q.Max; scan-- {
		if q.Backward && page.Next == 0 || !q.Backward && page.Next >= page.End {
			break
		}
		if q.Backward {
			page.Next--
		}
		l := lines[page.Next]
		if !q.Backward {
			page.Next++
		}
		if (q.Source.PID == 0 || l.PID == q.Source.PID) && (match == nil || match.Match(l.Text) != q.Not) {
			page.Lines = append(page.Lines, l)
		}
	}
	if q.Backward {
		slices.Reverse(page.Lines)
	}
	return page, nil
}

// of returns the lines that a source counts: those of a slot from 0, or all.
func (s *Session) of(src procs.Source) []procs.Line {
	if !src.OneSlot {
		if src.Pool == "" {
			return s.lines
		}
	}
	var own []procs.Line
	for _, l := range s.lines {
		if l.ID.Pool == src.Pool && (!src.OneSlot || l.ID.Slot == src.Slot) {
			l.Seq = uint64(len(own))
			own = append(own, l)
		}
	}
	return own
}

// SetPlan sets what a reload would change, or why it cannot be told.
func (s *Session) SetPlan(changes []procs.Change, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plan, s.noPlan = changes, err
}

// SetStacks sets where all threads are.
func (s *Session) SetStacks(all session.StacksJSON) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stacks = all
}

// Ask implements port.Session.
func (s *Session) Ask(_ context.Context, q session.Question) (session.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch q := q.(type) {
	case session.StacksQuestion:
		return s.stacks, nil
	case session.TerminalQuestion:
		s.asked = append(s.asked, q)
		if s.terminal == nil {
			return nil, fmt.Errorf("cannot type into %s: it has no terminal; --output pty gives it one", q.ID)
		}
		s.terminal.read = false
		return session.OpenedTerminal{TerminalStream: s.terminal}, nil
	case session.MomentsQuestion:
		s.asked = append(s.asked, q)
		if s.refuse != nil {
			return nil, s.refuse
		}
		if list := s.moments[q.PID]; len(list) > 0 {
			return session.Moments{List: list}, nil
		}
		for _, p := range s.snapshot.Pools {
			if p.Name == q.ID.Pool {
				return session.Moments{List: s.moments[p.Slots[q.ID.Slot].PID], Own: true}, nil
			}
		}
		return session.Moments{}, nil
	case session.StartProfile:
		s.asked = append(s.asked, q)
		if s.refuse != nil {
			return nil, s.refuse
		}
		c := &session.Profiled{Seq: len(s.profiles) + 1, State: session.ProfileRunning, Request: q.Request, StartedAt: Now}
		s.profiles = append(s.profiles, c)
		s.moved()
		return c, nil
	case session.EndProfile:
		s.asked = append(s.asked, q)
		return s.profiles[q.Seq-1], s.refuse
	case session.ProfileQuestion:
		packed := s.packed[q.Seq]
		if packed == nil {
			return session.ProfileData(nil), fmt.Errorf("cannot read capture p%d: it is kept no more", q.Seq)
		}
		return session.ProfileData(packed), nil
	}
	return session.Plan(s.plan), s.noPlan
}
