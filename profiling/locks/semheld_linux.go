package locks

import (
	"maps"
	"slices"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks/graph"
)

// heldEvery is how often a process that runs is asked which locks it has.
const heldEvery = 400 * time.Millisecond

// heldSems remembers who has which lock of multiprocessing while nobody waits for it, as far as
// the agent tells where the SemLocks are: when somebody does, who had it may have ended.
type heldSems struct {
	of   map[procs.PIDRef]map[semFile]graph.Holder // as of the last look at each process that has any
	last map[semFile]*graph.LastHolder             // not changed
}

// noteHeld asks the processes that have run which locks they have.
func (l *looker) noteHeld() {
	h := &l.sems.held
	for _, p := range l.order {
		if py := &p.python; py.heldRan == p.ran && !py.heldAt.IsZero() || l.now.Sub(py.heldAt) < heldEvery {
			continue
		}
		objects := l.known.Objects(p.PIDRef)
		if len(objects) == 0 {
			continue
		}
		p.python.heldAt, p.python.heldRan = l.now, p.ran
		h.put(p.PIDRef, l.heldBy(p, len(objects)))
	}
	maps.DeleteFunc(h.of, func(ref procs.PIDRef, _ map[semFile]graph.Holder) bool { return l.of[ref] == nil })
	h.settle(l.now)
}

// heldBy returns the locks that a process has, of so many that it may know.
func (l *looker) heldBy(p *process, objects int) map[semFile]graph.Holder {
	in := p.interpreter(l)
	if in == nil {
		return nil
	}
	if objects != p.python.told {
		p.readMaps(l.now)
		l.readTold(p, in)
	}
	list, err := in.ReadSemLocks(slices.Collect(maps.Values(p.python.objects)), p.maps)
	if err != nil {
		return nil // it is ending, or becomes another program
	}
	var held map[semFile]graph.Holder
	for _, s := range list {
		if s.Count <= 0 || s.Value != 0 || s.MaxValue != 1 {
			continue
		}
		if held == nil {
			held = map[semFile]graph.Holder{}
		}
		held[semFile{s.Dev, s.Inode}] = p.semHolder(s)
	}
	return held
}

func (h *heldSems) put(ref procs.PIDRef, held map[semFile]graph.Holder) {
	if h.of == nil {
		h.of, h.last = map[procs.PIDRef]map[semFile]graph.Holder{}, map[semFile]*graph.LastHolder{}
	}
	for file := range h.of[ref] {
		if _, ok := held[file]; !ok && h.last[file] != nil && h.last[file].PIDRef == ref { // it has let go of it
			delete(h.last, file)
		}
	}
	if len(held) == 0 {
		delete(h.of, ref)
		return
	}
	h.of[ref] = held
}

// settle takes over who alone seems to have a lock. A count stays where it is when another
// process lets go of the lock: of two who seem to have it none is named.
func (h *heldSems) settle(now time.Time) {
	if len(h.last) > maxSems {
		clear(h.last)
	}
	seen := map[semFile]procs.PIDRef{}
	for ref, held := range h.of {
		for file, holder := range held {
			if other, ok := seen[file]; ok && other != ref {
				delete(h.last, file)
				continue
			}
			seen[file] = ref
			since := now
			if was := h.last[file]; was != nil && was.PIDRef == ref {
				since = was.Since
			}
			h.last[file] = &graph.LastHolder{Holder: holder, Since: since, Until: now}
		}
	}
}

// ended returns who had a lock when it was last looked at, and has ended since; nil if nobody.
func (l *looker) ended(file semFile) *graph.LastHolder {
	last := l.sems.held.last[file]
	if last == nil || l.of[last.PIDRef] != nil {
		return nil
	}
	return last
}
