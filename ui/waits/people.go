package waits

import (
	"strconv"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/ui/draw"
)

// maxName is how many cells of a name that a program has chosen are kept, of its
// beginning and its end: many begin alike.
const maxName = 60

// Person is a process of the session.
type Person struct {
	ID    procs.ID
	Child *procs.Descendant // nil for the slot's own process
	exit  *procs.Exit       // of a slot's earlier run
}

// People are the processes of a session by their pids.
type People struct {
	byRef map[procs.PIDRef]Person
	byPID map[int]Person
	// several are the processes of which more than one thread is in the view's
	// stories, so that its threads have to be told apart.
	several map[procs.PIDRef]bool
}

func know(snap *procs.Snapshot, crashes []*crash.Report) *People {
	n := len(crashes)
	for i := range snap.Pools {
		n += len(snap.Pools[i].Slots)
		for k := range snap.Pools[i].Slots {
			n += len(snap.Pools[i].Slots[k].Descendants)
		}
	}
	p := &People{byRef: make(map[procs.PIDRef]Person, n), byPID: make(map[int]Person, n)}
	for _, r := range crashes { // first: those who live replace them
		if r.Run.PID > 0 && !r.Lives && r.Who.Self(r.Run) {
			p.add(r.Run.PIDRef, Person{ID: r.Run.ID, exit: &r.Exit})
		}
	}
	for i := range snap.Pools {
		for k := range snap.Pools[i].Slots {
			p.addSlot(&snap.Pools[i].Slots[k])
		}
	}
	return p
}

func (p *People) addSlot(s *procs.Slot) {
	for i := range s.Descendants {
		d := &s.Descendants[i]
		if _, lives := p.byPID[d.PID]; d.Exit == nil || !lives {
			p.add(d.PIDRef, Person{ID: s.ID, Child: d})
		} else {
			p.byRef[d.PIDRef] = Person{ID: s.ID, Child: d}
		}
	}
	if s.PID == 0 {
		return
	}
	who := Person{ID: s.ID}
	if !s.State.Live() {
		who.exit = s.LastExit
	}
	p.add(s.PIDRef, who)
}

func (p *People) add(ref procs.PIDRef, who Person) {
	p.byRef[ref], p.byPID[ref.PID] = who, who
}

// Find returns the process; ok is false if it is none of the session's.
func (p *People) Find(ref procs.PIDRef) (who Person, ok bool) {
	if who, ok = p.byRef[ref]; !ok && ref.StartTime == 0 {
		who, ok = p.byPID[ref.PID]
	}
	return who, ok
}

// Name is "train/0/ForkPool-2", or "pid 4711" of one that is none of the session's.
func (p *People) Name(ref procs.PIDRef) string {
	who, ok := p.Find(ref)
	if !ok {
		return "pid " + strconv.Itoa(ref.PID)
	}
	return who.Name()
}

// Name is "train/0" or "train/0/ForkPool-2".
func (who Person) Name() string {
	name := who.ID.String()
	if who.Child != nil {
		label := who.Child.Label
		if label == "" {
			label = strconv.Itoa(who.Child.PID)
		}
		name += "/" + label
	}
	return plain(name)
}

// Exit is how it ended; nil if it has not, or not that anybody knew.
func (who Person) Exit() *procs.Exit {
	if who.Child != nil {
		return who.Child.Exit
	}
	return who.exit
}

// tellApart notes the processes of which several threads wait for or have
// something that is worth telling, or the same quiet thing: that is a story of its own.
func (p *People) tellApart(v *graph.View) {
	p.several = map[procs.PIDRef]bool{}
	story, quiet := map[procs.PIDRef]int{}, map[procs.PIDRef]int{}
	note := func(one map[procs.PIDRef]int, t graph.Thread) {
		if seen, ok := one[t.PIDRef]; ok && seen != t.TID && t.TID != 0 {
			p.several[t.PIDRef] = true
		}
		if t.TID != 0 {
			one[t.PIDRef] = t.TID
		}
	}
	for i := range v.Locks {
		l := &v.Locks[i]
		one := story
		if Quiet(l) {
			clear(quiet)
			one = quiet
		}
		for _, w := range l.Waiters {
			note(one, w.Thread)
		}
		for i := range l.Holders {
			note(one, l.Holders[i].Thread)
			p.noteEnded(&l.Holders[i])
		}
		if l.LastHolder != nil {
			p.noteEnded(&l.LastHolder.Holder)
		}
	}
}

// noteEnded notes a thread whose process goes on without it.
func (p *People) noteEnded(h *graph.Holder) {
	if h.Lives {
		p.several[h.PIDRef] = true
	}
}

// Thread names a thread: by its process, and by its number where it is not the
// first of it and others of the process have a part in the view, too.
func (p *People) Thread(t graph.Thread) string {
	name := p.Name(t.PIDRef)
	if t.TID == 0 || t.TID == t.PID || !p.several[t.PIDRef] {
		return name
	}
	if t.TID < 0 { // so profiling/locks names a goroutine
		return "goroutine " + strconv.Itoa(-t.TID) + " of " + name
	}
	return "thread " + strconv.Itoa(t.TID) + " of " + name
}

// WithPID is the thread's name and its pid.
func (p *People) WithPID(t graph.Thread) string {
	name := p.Thread(t)
	if _, ok := p.Find(t.PIDRef); ok {
		name += " (pid " + strconv.Itoa(t.PID) + ")"
	}
	return name
}

// plain is a text of a program as one short safe line.
func plain(s string) string {
	if len(s) <= maxName && printable(s) {
		return s // as nearly all are
	}
	return draw.TruncateMiddle(draw.Sanitise([]byte(s), draw.Options{Colours: draw.NoColours}), maxName)
}

// printable reports whether a text is printable ASCII, which is safe as it is.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
