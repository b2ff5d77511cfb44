package locks

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/cpython"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/peek"
)

// semFile names a semaphore of sem_open(3), which stands alone at the beginning
// of a file of its own.
type semFile struct {
	dev   string
	inode uint64
}

func (f semFile) id() graph.ID { return graph.ID(fmt.Sprintf("mp:%s:%d", f.dev, f.inode)) }

// semLocks remembers since when somebody waits for a semaphore, so that memory
// is searched only where that lasts.
type semLocks struct {
	since map[semFile]time.Time
	seen  map[semFile]sight // in this pass, of locks
	// passed are those that one process has let go of after another took them.
	passed map[semFile]bool
	// orderly are those that were seen to go from one process to another, each
	// of which let go of it itself; last is who had it when that was seen last.
	orderly map[semFile]bool
	last    map[semFile]procs.PIDRef
	held    heldSems
}

// maxSems bounds of how many semaphores that is remembered.
const maxSems = 4096

// pass notes that a count is below 0, or that of a lock above 1: somebody has let go
// of what another one took. What the counts say of that lock is a guess from then on.
func (s *semLocks) pass(file semFile) {
	if s.passed == nil || len(s.passed) > maxSems {
		s.passed = map[semFile]bool{}
	}
	s.passed[file] = true
}

// had notes whose count alone is above 0. Where another process lets go of a
// lock and takes it, the count of the first stays where it is.
func (s *semLocks) had(file semFile, by procs.PIDRef) {
	if s.last == nil || len(s.last) > maxSems {
		s.last, s.orderly = map[semFile]procs.PIDRef{}, map[semFile]bool{}
	}
	if was, ok := s.last[file]; ok && was != by {
		s.orderly[file] = true
	}
	s.last[file] = by
}

// errNotFound says that the SemLock of a semaphore is not known, or not yet.
var errNotFound = errors.New("its SemLock was not found")

// namedSem adds a wait for a semaphore of sem_open(3), of which
// multiprocessing's locks are made.
func (l *looker) namedSem(t *thread, at place) graph.Doing {
	file := semFile{at.m.Dev, at.m.Inode}
	if l.sems.since == nil {
		l.sems.since = map[semFile]time.Time{}
	}
	if _, ok := l.sems.since[file]; !ok {
		l.sems.since[file] = l.now
	}
	id := file.id()
	o := l.object(id, func() graph.Object { return l.describeSem(file, at.m.File()) })
	forWork := o.Kind == graph.MPCondition || o.Kind == graph.MPSemaphore && len(o.Holders) == 0 && o.Taken
	if o.Kind == graph.MPSemaphore {
		switch stack := l.stack(t.Thread); {
		case inPython(stack, "multiprocessing/synchronize.py", "wait"):
			o.Kind, o.Holders, forWork = graph.MPCondition, nil, true
			o.Name = strings.Replace(o.Name, "Semaphore", "Condition", 1)
		case inPython(stack, "multiprocessing/queues.py", "put"): // it counts room, which others make
			o.State, o.Holders, o.Taken, forWork = graph.Full, nil, false, false
		}
	}
	if o.Kind == graph.MPCondition {
		switch stack := l.stack(t.Thread); {
		case atBarrier(stack):
			o.State, o.Taken, forWork = graph.Gathers, false, false
		case awaitsTasks(stack):
			o.State, o.Taken, forWork = graph.AwaitsTasks, false, false
		}
	}
	l.wait(t, id, forWork, nil)
	return graph.InLock
}

// sight is what the processes know of one semaphore, taken together.
type sight struct {
	cpython.SemLock          // of the first process that has one
	owner           *process // that one; nil: it is not Python's, or not found yet
	with            []graph.Holder
	counts          int            // of all processes, added up
	takers          []graph.Thread // of each process that has ever taken it the thread that did last
	complete        bool           // nobody who has it mapped is missing
	has             []haver
}

// haver is a process that has a semaphore. Under fork one that its parent had taken
// before seems to have taken it, too.
type haver struct {
	*process
	took bool
}

// see reads the SemLock that each process has for a semaphore.
func (l *looker) see(file semFile) sight {
	all := sight{complete: true}
	for _, p := range l.order {
		if !p.hasFile(file, l.now) {
			continue
		}
		s, err := l.semLock(p, file)
		if err != nil {
			all.complete = false
			continue
		}
		if all.owner == nil {
			all.SemLock, all.owner = s, p
		}
		if s.LastThread != 0 {
			all.takers = append(all.takers, p.semTaker(s))
		}
		all.counts += s.Count
		all.has = append(all.has, haver{p, s.LastThread != 0})
		if s.Count < 0 || s.MaxValue == 1 && !s.Recursive && s.Count > 1 {
			l.sems.pass(file)
		}
		if s.Count > 0 {
			all.with = append(all.with, p.semHolder(s))
		}
	}
	return all
}

// describeSem says what a semaphore is, and who has it.
func (l *looker) describeSem(file semFile, path string) graph.Object {
	s := l.see(file)
	if s.owner == nil {
		return graph.Object{Kind: graph.Semaphore, Name: path, State: "value 0"}
	}
	o := graph.Object{Kind: graph.MPLock, State: fmt.Sprintf("value %d", s.Value), Taken: s.Value == 0, Holders: s.with}
	switch {
	case s.MaxValue > 1:
		o.Kind, o.Any = graph.MPSemaphore, true
	case s.Recursive:
		o.Kind = graph.MPRLock
	}
	o.Name = fmt.Sprintf("%s %d", strings.TrimPrefix(string(o.Kind), "mp."), file.inode)
	if made, ok := l.known.Lock(s.owner.PIDRef, s.Object); ok {
		o.Name = madeAt(made.Kind, made.Role, made.Site)
		if strings.HasSuffix(made.Role, "_wait_semaphore") {
			o.Kind = graph.MPCondition
		}
	}
	if o.Any {
		l.judgeMany(&o, file, &s)
		return o
	}
	l.judge(&o, file, &s)
	l.sems.seen[file] = s
	return o
}

// judgeMany decides who has a place of a semaphore that has several. Nobody does
// where one process lets go of what another took, as a count of room or of work is:
// there the counts say only who does which. It began with its value and the counts
// together: with nothing if it is work that it counts, as far as all are known.
func (l *looker) judgeMany(o *graph.Object, file semFile, s *sight) {
	switch {
	case o.Kind == graph.MPCondition:
		o.Holders = nil
	case l.sems.passed[file]:
		o.Holders = nil
		o.Taken = o.Taken && s.complete && int(s.Value)+s.counts <= 0
	}
}

// judge decides who has a lock. The one process whose count is above 0 has it,
// if its value says that somebody has; of several, one. A count stays where it
// is when another process lets go of the lock.
func (l *looker) judge(o *graph.Object, file semFile, s *sight) {
	o.Complete = s.complete && !l.ends.hold(l, fmt.Sprintf("map:%s %d", file.dev, file.inode))
	if !o.Taken {
		o.Holders = nil // it is between two of them
	}
	switch {
	case len(o.Holders) == 0 && !s.complete:
		o.Taken = false // whoever has it may be among those that are not known
	case len(o.Holders) == 0 && o.Taken:
		o.Ended = l.ended(file)
	}
	o.Any, o.Passed = len(o.Holders) > 1, l.sems.passed[file]
	for _, p := range s.has {
		if !s.Recursive && !heldBy(o, p.PIDRef) {
			o.Others = append(o.Others, p.PIDRef)
		}
	}
	for i := range o.Holders {
		h := &o.Holders[i]
		h.Unsure = !s.Recursive && len(s.takers) > 1
		if o.Any || l.sems.passed[file] {
			h.Evidence, h.Rule = profiling.Inferred, "one of those whose count of it is above 0"
		}
	}
	if len(o.Holders) == 1 && s.complete {
		l.sems.had(file, o.Holders[0].PIDRef)
	}
}

// doubt makes a guess of a holder where somebody else may have the lock: who
// waits for it itself cannot be told from one whose lock another process let go
// of, nor can who has it from one whose lock another process let go of, and
// took. To do that somebody must have taken it before, and not be waiting for it.
func (l *looker) doubt() {
	l.doubtMany()
	for file, s := range l.sems.seen {
		i, ok := l.out.objects[file.id()]
		if !ok || len(l.out.Objects[i].Holders) != 1 || s.Recursive {
			continue
		}
		h := &l.out.Objects[i].Holders[0]
		waits := map[graph.Thread]bool{}
		for _, w := range l.out.Waits {
			if w.For == file.id() {
				waits[w.Thread] = true
			}
		}
		free := slices.ContainsFunc(s.takers, func(t graph.Thread) bool { return t.PIDRef != h.PIDRef && !waits[t] })
		switch {
		case h.Evidence != profiling.Exact || !h.Unsure:
		case waits[h.Thread]:
			h.Evidence, h.Rule = profiling.Inferred, "its count alone is above 0; but it waits for it itself, so another may have let go of it"
		case free && !l.sems.orderly[file]:
			h.Evidence, h.Rule = profiling.Inferred, "its count alone is above 0; but another that has taken it before may have let go of it, and have it now"
		}
	}
}

// judgeOthers judges by their stacks who of those that have a lock could let go of it
// in place of its holder. The locks within Python's library are let go of by who took
// them; and a worker of a pool that has never taken the lock of another one does
// something else. It only matters of a holder that waits itself.
func (l *looker) judgeOthers() {
	waits := map[procs.PIDRef]bool{}
	for i := range l.out.Waits {
		w := &l.out.Waits[i]
		waits[w.PIDRef] = true
		if o := &l.out.Objects[l.out.objects[w.For]]; len(o.Others) > 0 && ofQueue(l.stack(w.Thread)) {
			o.Others = nil
		}
	}
	for file, s := range l.sems.seen {
		o := &l.out.Objects[l.out.objects[file.id()]]
		if len(o.Holders) != 1 || len(o.Others) == 0 || !waits[o.Holders[0].PIDRef] {
			continue
		}
		holder := l.of[o.Holders[0].PIDRef]
		if holder == nil || !l.inPool(holder) {
			continue
		}
		for _, p := range s.has {
			if !p.took && p.process != holder && p.parent == holder.parent && l.inPool(p.process) {
				o.Aside = append(o.Aside, p.PIDRef)
			}
		}
	}
}

// inPool reports whether a process is a worker of a pool or an executor.
func (l *looker) inPool(p *process) bool {
	stack := l.stack(graph.Thread{PIDRef: p.PIDRef, TID: p.PID})
	for i := range stack {
		if inPython(stack[i:], "/multiprocessing/pool.py", "worker") || inPython(stack[i:], "/concurrent/futures/process.py", "_process_worker") {
			return true
		}
	}
	return false
}

// ofQueue reports whether a thread waits for a lock that a queue of multiprocessing
// keeps for itself.
func ofQueue(stack []string) bool {
	for inFile(stack, "/multiprocessing/synchronize.py:") {
		stack = stack[1:]
	}
	return inFile(stack, "/multiprocessing/queues.py:")
}

// doubtMany makes a guess of who has a place of a semaphore and waits for one itself:
// another process may have let go of it.
func (l *looker) doubtMany() {
	waits := map[graph.ID]map[procs.PIDRef]bool{}
	for _, w := range l.out.Waits {
		if l.out.Objects[l.out.objects[w.For]].Kind != graph.MPSemaphore {
			continue
		}
		if waits[w.For] == nil {
			waits[w.For] = map[procs.PIDRef]bool{}
		}
		waits[w.For][w.PIDRef] = true
	}
	for id, who := range waits {
		o := &l.out.Objects[l.out.objects[id]]
		for i := range o.Holders {
			if h := &o.Holders[i]; who[h.PIDRef] {
				h.Evidence, h.Rule = profiling.Inferred, "its count is above 0; but it waits itself, so another may have let go of it"
			}
		}
	}
}

// semTaker is the thread of a process that took a semaphore last.
func (p *process) semTaker(s cpython.SemLock) graph.Thread {
	t := graph.Thread{PIDRef: p.PIDRef, TID: s.LastTID}
	if t.TID == 0 && len(p.threads) == 1 {
		t.TID = p.threads[0].TID
	}
	return t
}

// semHolder makes a holder of a process whose count is above 0. An RLock can
// only be released by the thread that took it; a Lock by anybody.
func (p *process) semHolder(s cpython.SemLock) graph.Holder {
	h := p.holder("the count of its SemLock")
	if p.thread(s.LastTID) != nil {
		h.TID = s.LastTID
	}
	h.AnyThread = !s.Recursive
	return h
}

// hasFile reports whether the process has a semaphore's file mapped.
func (p *process) hasFile(file semFile, now time.Time) bool {
	if now.Sub(p.mapped) > mapsEvery {
		p.readMaps(now)
	}
	return slices.ContainsFunc(p.maps, func(m peek.Mapping) bool { return m.Inode == file.inode && m.Dev == file.dev })
}

// semLock reads what a process knows of a semaphore. Under fork the object has
// the same address in each relative, so that one search is enough for all.
func (l *looker) semLock(p *process, file semFile) (cpython.SemLock, error) {
	in := p.interpreter(l)
	if in == nil {
		return cpython.SemLock{}, cpython.ErrNotPython
	}
	l.takeIn(p)
	if s, ok := p.knownSemLock(in, file); ok {
		return s, nil
	}
	l.readTold(p, in)
	if s, ok := p.knownSemLock(in, file); ok {
		return s, nil
	}
	for _, q := range l.order {
		object, ok := q.python.objects[file]
		if !ok || q == p {
			continue
		}
		if s, ok := p.readSemLock(in, object, file); ok {
			p.remember(file, object)
			return s, nil
		}
	}
	l.search(p, file)
	l.takeIn(p)
	if s, ok := p.knownSemLock(in, file); ok {
		return s, nil
	}
	return cpython.SemLock{}, errNotFound
}

// readTold reads the SemLocks of which the agent has told where they are, so that memory need
// not be searched for them.
func (l *looker) readTold(p *process, in *cpython.Interpreter) {
	objects := l.known.Objects(p.PIDRef)
	if len(objects) == p.python.told {
		return
	}
	p.python.told = len(objects)
	list, _ := in.ReadSemLocks(objects, p.maps) // where that fails the search tells why
	for _, s := range list {
		p.remember(semFile{s.Dev, s.Inode}, s.Object)
	}
}

// knownSemLock reads the SemLock that was found before.
func (p *process) knownSemLock(in *cpython.Interpreter, file semFile) (s cpython.SemLock, ok bool) {
	object, ok := p.python.objects[file]
	if !ok {
		return s, false
	}
	if s, ok = p.readSemLock(in, object, file); !ok {
		delete(p.python.objects, file)
	}
	return s, ok
}

// readSemLock reads the SemLock at an address, if it is that of the semaphore. A
// lock that is made anew often takes the place of the last one, so that only
// the mappings of this look tell the two apart.
func (p *process) readSemLock(in *cpython.Interpreter, object uint64, file semFile) (s cpython.SemLock, ok bool) {
	list, err := in.ReadSemLocks([]uint64{object}, p.maps)
	if err != nil || len(list) == 0 {
		return s, false
	}
	s = list[0]
	return s, s.Inode == file.inode && s.Dev == file.dev
}

func (p *process) remember(file semFile, object uint64) {
	if p.python.objects == nil {
		p.python.objects = map[semFile]uint64{}
	}
	p.python.objects[file] = object
}
