package waits

import (
	"strconv"
	"strings"
	"time"

	"example.com/muster/internal/pattern"
	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/crash"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/draw"
)

// maxRule is how many cells of a rule, or of the words for an exit, are kept.
const maxRule = 200

// followed is how many steps of a chain a sentence tells; the tree has the rest.
const followed = 3

// roomCount is what stands behind the name of a queue for the semaphore that counts its room.
const roomCount = " (_sem)"

// Sentence says all that matters of a lock: "3 workers wait for the Lock made at
// worker.py:7, held for 12 s by train/0/ForkPool-2, which is sleeping in worker.py:5".
func (b *Board) Sentence(l *graph.Lock) string {
	thing := The(&l.Object)
	if len(l.Waiters) > 0 && len(l.Holders) == 0 {
		whole := l.Object
		whole.Name = strings.NewReplacer(" (_cond._wait_semaphore)", "", roomCount, "").Replace(whole.Name)
		switch l.State {
		case graph.Full:
			if l.Kind == graph.MPSemaphore {
				return b.waiters(l) + " for room in " + The(&whole) + ", which is full"
			}
		case graph.Gathers:
			return b.gathering(l, The(&whole))
		case graph.Refused:
			return b.waiters(l) + " for " + thing + forEver(l) + ": it would be a deadlock, or its owner has ended without letting go"
		case graph.AwaitsTasks:
			return b.waiters(l) + " for all tasks of " + The(&whole) + " to be done, which task_done() says"
		}
	}
	switch ConditionOf(l) {
	case Deadlocked:
		if d := b.CycleOf(l.ID); d != nil {
			return "deadlock: " + b.Cycle(d)
		}
	case Ring:
		if d := b.CycleOf(l.ID); d != nil {
			return b.Ring(d)
		}
	case Abandoned:
		if l.Releasable {
			return b.waiters(l) + " for " + thing + ", which only another process that shares it could release: " + b.last(l)
		}
		return b.waiters(l) + " for " + thing + ", which nobody can release: " + b.last(l)
	case Idle:
		return b.idle(l, thing)
	case Over:
		return "nobody waits for " + thing + " now; " + b.lastFree(l)
	case Waited:
		if l.Guess && !l.Wanted {
			return b.waiters(l) + " for what may be a lock: " + thing + b.holders(l)
		}
	}
	if Itself(l) {
		return b.waiters(l) + " for " + thing + ", " + b.Joint(l)
	}
	return b.waiters(l) + " for " + thing + b.holders(l) + b.rest(l)
}

// forEver says of who waits for what nobody will give that this has no end.
func forEver(l *graph.Lock) string {
	if l.Waiters[0].Timed {
		return ""
	}
	return ", for ever"
}

// partiesOf tells for how many a barrier is from its name.
var partiesOf = pattern.Later(`^(?:Barrier|pthread barrier)\((\d+)\) `)

// gathering says who has come to a barrier, and how many have not, if that is known.
func (b *Board) gathering(l *graph.Lock, thing string) string {
	text := b.waiters(l) + " at " + thing
	if m := partiesOf().FindStringSubmatch(l.Name); m != nil {
		parties, _ := strconv.Atoi(m[1]) // 0 if it is too large
		switch n := parties - len(l.Waiters); {
		case n == 1:
			return text + "; 1 has not come"
		case n > 1:
			return text + "; " + draw.Count(n) + " have not come"
		}
	}
	return text + " for others, who have not come"
}

// Itself reports whether the one that waits for a lock is the only one that is known to have it.
func Itself(l *graph.Lock) bool {
	return ConditionOf(l) == Contended && !Ends(&l.Object) && len(l.Waiters) == 1 && len(l.Holders) == 1 && l.Waiters[0].PIDRef == l.Holders[0].PIDRef &&
		len(l.Chain) > 0 && l.Chain[0].WaitsFor == l.ID
}

// waiters says who waits: "3 workers wait", "web/0 waits".
func (b *Board) waiters(l *graph.Lock) string {
	if len(l.Waiters) == 1 {
		return b.People.Thread(l.Waiters[0].Thread) + " waits"
	}
	n, noun := len(l.Waiters), "worker"
	seen := map[procs.PIDRef]bool{}
	for _, w := range l.Waiters {
		who, ok := b.People.Find(w.PIDRef)
		switch {
		case seen[w.PIDRef] && w.TID < 0:
			return draw.Plural(n, "goroutine") + " wait"
		case seen[w.PIDRef]:
			return draw.Plural(n, "thread") + " wait"
		case !ok || who.Child == nil || who.Child.Role != procs.RoleWorker:
			noun = "process"
		}
		seen[w.PIDRef] = true
	}
	return draw.Plural(n, noun, map[string]string{"worker": "workers", "process": "processes"}[noun]) + " wait"
}

// holders says who has a lock, and for how long that has been seen.
func (b *Board) holders(l *graph.Lock) string {
	names := b.Holders(l)
	switch {
	case len(l.Holders) == 0 && l.Kind != graph.Child:
		return "; who has it is not known"
	case l.Kind == graph.Child:
		return ", that is " + names
	case Ends(&l.Object):
		return ", at whose other end is " + names
	case l.Any && len(l.Holders) == 1:
		return ", which only " + names + " could release"
	case l.Any:
		return ", which one of these could release: " + names
	}
	held := ", held "
	if l.Holders[0].Evidence == profiling.Inferred {
		held = ", probably held "
	}
	if d, ok := b.HeldFor(l); ok {
		held += "for " + Spell(d) + " "
	}
	return held + "by " + names
}

// Ends reports whether what can be waited for has ends rather than holders.
func Ends(o *graph.Object) bool {
	return o.Any && (o.Kind == graph.Pipe || o.Kind == graph.Socket || o.Kind == graph.EventFD)
}

// HeldFor is how long the present holder has been seen to have the lock, if
// two looks have seen it.
func (b *Board) HeldFor(l *graph.Lock) (d time.Duration, ok bool) {
	if l.LastHolder == nil || len(l.Holders) != 1 || l.LastHolder.Thread != l.Holders[0].Thread {
		return 0, false
	}
	d = b.View.At.Sub(l.LastHolder.Since)
	return d, d > 0
}

// Holders names who has a lock: one, two, or one and the number of the others.
// It is the one first that a chain follows.
func (b *Board) Holders(l *graph.Lock) string {
	if len(l.Holders) == 0 {
		return ""
	}
	first := l.Holders[0]
	if len(l.Chain) > 0 {
		first = l.Chain[0].Holder
	}
	and := " and "
	if l.Any {
		and = " or "
	}
	name := b.People.Thread(first.Thread)
	if first.Outside {
		name += " (outside of this session)"
	}
	if n := len(l.Holders) - 1; n > 0 {
		name += and + draw.Count(n) + " more"
	}
	return name
}

// rest says what the holder does, and follows it to what it waits for itself.
func (b *Board) rest(l *graph.Lock) string {
	var s strings.Builder
	told := map[graph.ID]bool{l.ID: true}
	for i, link := range l.Chain {
		next := b.Lock(link.WaitsFor)
		switch {
		case next != nil && told[next.ID] && i < followed:
			s.WriteString(", which waits for " + The(&next.Object) + " as well")
			return s.String()
		case link.Dead:
			s.WriteString(", which has ended")
			return s.String()
		case next == nil && b.child(link.WaitsFor) && i+1 < len(l.Chain) && i < followed:
			s.WriteString(", which waits for the end of " + b.People.Thread(l.Chain[i+1].Thread))
			continue
		case next == nil || i == followed:
			if doing := doingWhere(link.Doing, link.Stack); doing != "" {
				s.WriteString(", which is " + doing)
			}
			return s.String()
		}
		told[next.ID] = true
		s.WriteString(", which waits for " + The(&next.Object) + b.holders(next))
		if i == len(l.Chain)-1 && ConditionOf(next) == Abandoned {
			s.WriteString(" (abandoned)")
		}
	}
	return s.String()
}

// idle says why a wait is no contention.
func (b *Board) idle(l *graph.Lock, thing string) string {
	text := b.waiters(l) + " for work: for " + thing
	if Ends(&l.Object) && fill(&l.Object) == "empty" {
		return text + ", which is empty"
	}
	if len(l.Chain) > 0 && !Ends(&l.Object) {
		text = b.waiters(l) + " for " + thing + ", which " + b.People.Thread(l.Chain[0].Thread) + " has while it waits for work itself"
	}
	return text
}

// last says who had an abandoned lock, and what became of it.
func (b *Board) last(l *graph.Lock) string {
	switch {
	case l.LastHolder != nil:
		return "last held by " + b.People.Thread(l.LastHolder.Thread) + ", " + Spell(b.View.At.Sub(l.LastHolder.Until)) + " ago; it has ended" + b.how(l.LastHolder.PIDRef)
	case len(l.Holders) > 0:
		return "held by " + b.People.Thread(l.Holders[0].Thread) + ", which has ended" + b.how(l.Holders[0].PIDRef)
	}
	return "nobody who lives has it, and nobody was seen to have it"
}

// ThreadEnded reports whether of who had an abandoned lock only a thread has ended,
// and its process lives on.
func ThreadEnded(l *graph.Lock) bool {
	if l.LastHolder != nil {
		return l.LastHolder.Lives
	}
	return len(l.Holders) > 0 && l.Holders[0].Lives
}

// how says how a process ended, if that is known.
func (b *Board) how(ref procs.PIDRef) string {
	who, ok := b.People.Find(ref)
	if !ok || who.Exit() == nil {
		return ""
	}
	return " (" + plain(who.Exit().String()) + ")"
}

func (b *Board) lastFree(l *graph.Lock) string {
	text := draw.Plural(l.Stats.Waits, "wait") + " so far, " + Longest(&l.Stats)
	if l.LastHolder != nil {
		text += ", last held by " + b.People.Thread(l.LastHolder.Thread)
	}
	return text
}

// Cycle tells a deadlock: "A has L1 and waits for L2, which B has; B waits for L1".
func (b *Board) Cycle(d *graph.Deadlock) string {
	n := len(d.Cycle)
	first, last := d.Cycle[0], d.Cycle[n-1]
	if n == 1 {
		return b.People.Thread(first.Thread) + " waits for " + b.the(first.WaitsFor) + ", which it has itself"
	}
	text := b.People.Thread(first.Thread)
	switch {
	case b.child(last.WaitsFor):
	case b.ends(last.WaitsFor):
		text += " is at the other end of " + b.the(last.WaitsFor) + " and"
	default:
		text += " has " + b.the(last.WaitsFor) + " and"
	}
	for i, e := range d.Cycle {
		if i > 0 {
			text += "; " + b.People.Thread(e.Thread)
		}
		next := b.People.Thread(d.Cycle[(i+1)%n].Thread)
		switch {
		case b.child(e.WaitsFor):
			text += " waits for the end of " + next
		case i < n-1 && b.ends(e.WaitsFor):
			text += " waits for " + b.the(e.WaitsFor) + ", at whose other end is " + next
		case i < n-1:
			text += " waits for " + b.the(e.WaitsFor) + ", which " + next + " has"
		default:
			text += " waits for " + b.the(e.WaitsFor)
		}
	}
	return text
}

// Ring tells a cycle that others could end: see [graph.Lock.Ring].
func (b *Board) Ring(d *graph.Deadlock) string {
	return "ring: " + b.Cycle(d) + "; only another process that shares one of these locks could end it"
}

// child reports whether what is waited for is the end of a process or thread.
func (b *Board) child(id graph.ID) bool {
	l := b.Lock(id)
	return l != nil && l.Kind == graph.Child || l == nil && strings.HasPrefix(string(id), "child:")
}

// ends reports whether what is waited for has ends rather than holders.
func (b *Board) ends(id graph.ID) bool {
	l := b.Lock(id)
	return l != nil && Ends(&l.Object)
}

// the names a lock by its ID.
func (b *Board) the(id graph.ID) string {
	if l := b.Lock(id); l != nil {
		return The(&l.Object)
	}
	return "lock " + plain(string(id))
}

// Does is what a holder does: "sleeping in worker.py:5", "waits for the pipe 4711".
func (b *Board) Does(link *graph.Link) string {
	switch next := b.Lock(link.WaitsFor); {
	case link.Dead:
		return "has ended" + b.how(link.PIDRef)
	case next != nil && Ends(&next.Object) && fill(&next.Object) != "":
		return "waits for " + Thing(&next.Object) + " (" + fill(&next.Object) + ")"
	case next != nil && next.Name != "":
		return "waits for " + Place(&next.Object)
	case next != nil:
		return "waits for " + Thing(&next.Object)
	case b.child(link.WaitsFor):
		return "waits for a child to end"
	case strings.HasPrefix(string(link.WaitsFor), "thread:"):
		return "waits for a thread to end"
	}
	return doingWhere(link.Doing, link.Stack)
}

// Became is what became of who had an abandoned lock.
func (b *Board) Became(l *graph.Lock) string {
	switch {
	case l.LastHolder != nil:
		return "ended" + b.how(l.LastHolder.PIDRef)
	case len(l.Holders) > 0:
		return "ended" + b.how(l.Holders[0].PIDRef)
	}
	return ""
}

// Longest says how long the longest wait was: "the longest 12 s".
func Longest(s *graph.Stats) string {
	if s.Longest < time.Millisecond {
		return "none as long as from one look to the next"
	}
	return "the longest " + Spell(s.Longest)
}

// waitedFor is how long a wait has been seen. That is nothing in the first look
// that sees it, and it has begun before.
func waitedFor(d time.Duration) string {
	if d < time.Millisecond {
		return "now"
	}
	return draw.Duration(d)
}

// Waiting is what is to be said of somebody in a tree: for how long it waits, and where.
func (b *Board) Waiting(w *graph.Waiter) (long, where string) {
	if f, ok := Own(w.Stack); ok {
		where = "in " + f.String()
	}
	if w.Timed {
		where = strings.TrimSpace(where + " (ends by itself)")
	}
	return waitedFor(b.View.At.Sub(w.Since)), where
}

// Joint stands in a tree between a lock and who has it.
func (b *Board) Joint(l *graph.Lock) string {
	switch d, ok := b.HeldFor(l); {
	case ConditionOf(l) == Abandoned:
		return "whose holder has ended"
	case len(l.Holders) == 0 && l.State == graph.Gathers:
		return "to which not all have come"
	case len(l.Holders) == 0:
		return "and who has it is not known"
	case l.Kind == graph.Child:
		return "that is"
	case Ends(&l.Object):
		return "at whose other end is"
	case Itself(l):
		return itself(l)
	case l.Any && len(l.Holders) == 1:
		return "which only one process could release:"
	case l.Any:
		return "which one of " + draw.Plural(len(l.Holders), "process", "processes") + " could release, such as"
	case ok:
		return "held for " + Spell(d) + " by"
	}
	return "held by"
}

// itself says of a lock that whoever waits for it has it already.
func itself(l *graph.Lock) string {
	switch {
	case l.Any:
		return "which only it itself could release"
	case l.Holders[0].Evidence == profiling.Inferred:
		return "which it probably has itself"
	}
	return "which it has itself"
}

// Evidence says how it is known who has a lock: "exact: owner word of the mutex".
func Evidence(h *graph.Holder) string {
	text := plain(string(h.Evidence))
	if h.Rule != "" {
		text += ": " + draw.Plain([]byte(h.Rule), maxRule)
	}
	return text
}

// Mark is the sign for how it is known who has a lock; none if it is exact.
func Mark(e profiling.Evidence) string {
	switch e {
	case profiling.Sampled:
		return "~"
	case profiling.Inferred:
		return "?"
	}
	return ""
}

// After is how the last holder of a lock ended, as the end of a sentence; empty
// where it lives on or nothing is known.
func (b *Board) After(l *graph.Lock) string {
	who, ok := b.People.Find(l.LastHolder.PIDRef)
	switch {
	case ok && who.Exit() != nil:
		return "; it has ended: " + draw.Plain([]byte(crash.Headline(*who.Exit())), maxRule)
	case l.Abandoned:
		return "; it has ended"
	}
	return ""
}
