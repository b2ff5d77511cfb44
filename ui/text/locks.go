package text

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"example.com/muster/profiling"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/session"
	"example.com/muster/ui/draw"
	"example.com/muster/ui/stacks"
	"example.com/muster/ui/waits"
)

// ofNow is how old an answer may be that is told without its age.
const ofNow = 2 * time.Second

// Locks is what a person reads: a sentence for each deadlock and each
// abandoned lock, a table of all, and what could not be looked at.
func Locks(l session.LocksJSON, all bool, now time.Time) string {
	var b strings.Builder
	if l.At != nil && now.Sub(time.Time(*l.At)) > ofNow {
		fmt.Fprintf(&b, "as of %s ago: no look has ended since\n", draw.Duration(now.Sub(time.Time(*l.At))))
	}
	s := readStory(&l)
	for _, d := range l.Deadlocks {
		fmt.Fprintf(&b, "deadlock: %s\n", s.cycle(d))
	}
	for _, d := range l.Rings {
		fmt.Fprintf(&b, "ring: %s; only another process that shares one of these locks could end it\n", s.cycle(d))
	}
	for i := range l.Locks {
		if l.Locks[i].Abandoned {
			fmt.Fprintf(&b, "abandoned: %s\n", s.abandoned(&l.Locks[i]))
		}
	}
	shown, silent, held := 0, 0, false
	t := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	for i := range l.Locks {
		k := &l.Locks[i]
		switch {
		case k.Kind == graph.Child: // a step of a deadlock, which has been told, and no lock
			continue
		case k.Quiet && len(k.Waiters) > 0 && !all: // as screen 4 folds it away
			silent++
			held = held || keepsOut(k)
			continue
		}
		if shown++; shown == 1 {
			if b.Len() > 0 {
				_, _ = fmt.Fprintln(t)
			}
			_, _ = fmt.Fprintln(t, "LOCK\tKIND\tSTATE\tWAITING\tLONGEST\tSHARE\tHELD BY")
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n",
			lockName(k), k.Kind, lockState(k), len(k.Waiters), longestWait(k), shareOf(k), s.heldBy(k))
	}
	_ = t.Flush() // a strings.Builder takes everything
	switch {
	case l.At == nil:
		b.WriteString("the locks have not been looked at\n")
	case len(l.Locks) == 0 && slices.ContainsFunc(l.Coverage, sawNobody):
		b.WriteString(profiling.NoProcess + "\n")
	case shown == 0 && held: // by who waits for work, as far as can be seen
		b.WriteString("no lock is contended\n")
	case shown == 0:
		b.WriteString("nobody waits for a lock\n")
	}
	if silent > 0 {
		fmt.Fprintf(&b, "%s probably for work (--all shows them)\n", draw.Plural(silent, "wait is", "waits are"))
	}
	b.WriteString(linesText(l.Contention, all))
	b.WriteString(gapsText(l.Coverage))
	return b.String()
}

// gapsText tells what could not be looked at, a line for each reason.
func gapsText(coverage []profiling.Coverage) string {
	var b strings.Builder
	for _, c := range profiling.Gaps(slices.DeleteFunc(slices.Clone(coverage), sawNobody)) {
		fmt.Fprintf(&b, "not looked at: %s: %s\n", plainly(c.Source), plainly(c.Note))
	}
	return b.String()
}

// sawNobody reports whether a source says that its last look found no process.
func sawNobody(c profiling.Coverage) bool { return c.Note == profiling.NoProcess }

// story is what a text tells of: the locks by their IDs, and the processes of
// which several threads have a part in it, so that they have to be told apart.
type story struct {
	locks   map[string]*session.LockJSON
	several map[int]bool
}

func readStory(l *session.LocksJSON) *story {
	s := &story{locks: map[string]*session.LockJSON{}, several: map[int]bool{}}
	all, quiet := map[int]int{}, map[int]int{}
	note := func(one map[int]int, pid, tid int) {
		if seen, ok := one[pid]; ok && seen != tid {
			s.several[pid] = true
		}
		one[pid] = tid
	}
	for i := range l.Locks {
		k := &l.Locks[i]
		s.locks[k.ID] = k
		one := all
		if k.Quiet { // a story of its own
			clear(quiet)
			one = quiet
		}
		for _, w := range k.Waiters {
			note(one, w.PID, w.TID)
		}
		for _, h := range k.Holders {
			if h.TID != nil {
				note(one, h.PID, *h.TID)
			}
			s.several[h.PID] = s.several[h.PID] || h.Lives
		}
		if h := k.LastHolder; h != nil && h.Lives { // the process goes on without it
			s.several[h.PID] = true
		}
	}
	return s
}

// thread is [story.who] of a thread that may not be known.
func (s *story) thread(process string, pid int, tid *int) string {
	if tid == nil {
		return whoText(process, pid)
	}
	return s.who(process, pid, *tid)
}

// who names a process so that it can be found by its pid, and its thread where
// that is not the first of it and others have a part in the story, too.
func (s *story) who(process string, pid, tid int) string {
	text := whoText(process, pid)
	if tid <= 0 || tid == pid || !s.several[pid] {
		return text
	}
	return fmt.Sprintf("thread %d of %s", tid, text)
}

func (s *story) link(l *session.LinkJSON) string {
	return s.thread(l.Process, l.PID, l.TID)
}

// cycle is "a waits for x, held by b, which waits for y, held by a".
func (s *story) cycle(d session.DeadlockJSON) string {
	var b strings.Builder
	for i, e := range d.Cycle {
		if i == 0 {
			b.WriteString(s.who(e.Process, e.PID, e.TID) + " waits for ")
		} else {
			b.WriteString(", which waits for ")
		}
		b.WriteString(s.step(e.WaitsFor, s.who(e.HeldByProcess, e.HeldBy, e.HeldByTID)))
	}
	return b.String()
}

// step is what somebody waits for, and who has it.
func (s *story) step(id, holder string) string {
	k := s.locks[id]
	switch {
	case strings.HasPrefix(id, "child:"):
		return "its child " + holder
	case strings.HasPrefix(id, "thread:"):
		return "the end of " + holder
	case k != nil && hasEnds(k):
		return s.lock(id) + ", at whose other end is " + holder
	}
	return s.lock(id) + ", held by " + holder
}

func (s *story) lock(id string) string {
	if l := s.locks[id]; l != nil {
		return lockName(l) + " (" + string(l.Kind) + ")"
	}
	return plainly(id)
}

// abandoned is "x, last held by a, which was ended by SIGKILL; 2 wait; only
// another process that shares it could release it".
func (s *story) abandoned(l *session.LockJSON) string {
	text := lockName(l) + " (" + string(l.Kind) + ")"
	if h := l.LastHolder; h != nil {
		text += ", last held by "
		if h.Lives {
			text += s.thread(h.Process, h.PID, h.TID)
		} else {
			text += whoText(h.Process, h.PID)
		}
		switch {
		case h.Exit == nil:
			text += ", which has ended"
		case h.Exit.Signal != nil:
			text += ", which was ended by " + *h.Exit.Signal
		default:
			text += ", which ended: " + Exit(h.Exit)
		}
	} else if len(l.Holders) > 0 {
		text += ", held by " + s.thread(l.Holders[0].Process, l.Holders[0].PID, l.Holders[0].TID) + ", which has ended"
	}
	text += "; " + waitText(len(l.Waiters))
	if l.Releasable {
		text += "; only another process that shares it could release it"
	}
	return text
}

func waitText(n int) string {
	if n == 1 {
		return "1 waits"
	}
	return fmt.Sprintf("%d wait", n)
}

// whoText names a process so that it can be found by its pid.
func whoText(process string, pid int) string {
	if strings.HasPrefix(process, "pid ") {
		return plainly(process)
	}
	return fmt.Sprintf("%s (%d)", plainly(process), pid)
}

func lockName(l *session.LockJSON) string {
	if l.Name != "" {
		return plainly(l.Name)
	}
	return plainly(l.ID)
}

func lockState(l *session.LockJSON) string {
	switch {
	case l.Deadlocked:
		return "deadlock"
	case l.Ring:
		return "ring"
	case l.Abandoned:
		return "abandoned"
	case l.Contended:
		return "contended"
	case l.Idle:
		return "idle"
	case len(l.Waiters) == 0:
		return "over"
	}
	return "waiting"
}

// linksTold is how many of those who have a lock and wait for another are told one by one.
const linksTold = 2

// heldBy says who has a lock and what that one does, or waits for in its turn.
func (s *story) heldBy(l *session.LockJSON) string {
	switch {
	case len(l.Holders) == 0 && l.Kind == graph.Go && l.Contended && len(l.Waiters) > 0:
		return "not known: Go does not tell"
	case len(l.Holders) == 0 && l.State == graph.Refused:
		return "not known: the kernel refused it, as a deadlock or as its owner has ended"
	case len(l.Holders) == 0 && l.State == graph.Gathers && len(l.Waiters) > 0:
		return "nobody: " + graph.Gathers
	case len(l.Holders) == 0:
		return "-"
	}
	first := &l.Holders[0]
	text := whoText(first.Process, first.PID)
	if len(l.Chain) > 0 {
		text = s.link(&l.Chain[0])
	}
	text = moreHolders(text, len(l.Holders)-1)
	if first.Evidence == profiling.Inferred {
		text = "probably " + text
	}
	if last := l.LastHolder; !first.Dead && last != nil && last.PID == first.PID {
		if held := time.Time(last.Until).Sub(time.Time(last.Since)); held >= time.Millisecond { // else it has just been seen
			text += " for " + draw.Duration(held)
		}
	}
	if first.Dead {
		return text + ", which has ended"
	}
	skipped := len(l.Chain) - linksTold - 1
	for i, link := range l.Chain {
		switch {
		case skipped > 1 && i > linksTold && i < len(l.Chain)-1:
			continue
		case skipped > 1 && i == linksTold:
			text += ", which waits for " + s.lock(*link.WaitsFor) + fmt.Sprintf(" and so on, %d in between, up to ", skipped-1) + s.link(&l.Chain[len(l.Chain)-1])
			continue
		case link.WaitsFor == nil:
			return text + ", which is " + stacks.Doing(link.Wait, link.Stack) + inPlace(link.Stack)
		case i+1 == len(l.Chain) && *link.WaitsFor == l.ID && !l.Deadlocked && !l.Ring: // another may let it go
			return text + ", which waits for it as well"
		case i+1 == len(l.Chain): // somebody who was told of before, or is not known
			return text + ", which waits for " + s.lock(*link.WaitsFor)
		case l.Deadlocked, l.Ring: // the cycle has been told
			return text + ", which waits for " + s.step(*link.WaitsFor, s.link(&l.Chain[i+1]))
		}
		text += ", which waits for " + s.step(*link.WaitsFor, s.link(&l.Chain[i+1]))
	}
	return text
}

func moreHolders(first string, more int) string {
	if more > 0 {
		return fmt.Sprintf("%s and %d more", first, more)
	}
	return first
}

// inPlace is where a thread is, if that is known.
func inPlace(stack []string) string {
	f, ok := waits.Own(stack)
	if !ok {
		return ""
	}
	return " in " + f.String()
}

// keepsOut reports whether somebody waits for a lock that somebody has.
func keepsOut(k *session.LockJSON) bool {
	return len(k.Waiters) > 0 && len(k.Holders) > 0 && !hasEnds(k)
}

// hasEnds reports whether who could end a wait is at its other end, and does
// not hold it.
func hasEnds(k *session.LockJSON) bool {
	return k.Kind == graph.Pipe || k.Kind == graph.Socket || k.Kind == graph.EventFD
}

// longestWait is the longest wait for a lock, for a column. Who was first seen
// to wait in the last look has waited for a time that is not known to be none.
func longestWait(k *session.LockJSON) string {
	switch {
	case k.LongestWaitSeconds >= 0.001:
		return lasting(k.LongestWaitSeconds)
	case len(k.Waiters) == 0 && k.LongestWaitSeconds == 0:
		return "-"
	}
	return "now"
}

// shareOf is the part of the time in which somebody waited, for a column; nothing is
// shown as that.
func shareOf(k *session.LockJSON) string {
	if k.Share == nil || *k.Share == 0 {
		return draw.NotKnown
	}
	return fmt.Sprintf("%.0f%%", 100**k.Share)
}

// lasting is a duration for a column: "1s", "3:12".
func lasting(s float64) string { return draw.Duration(time.Duration(s * float64(time.Second))) }
