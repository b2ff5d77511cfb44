package locks

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/cpython"
)

// Memory is searched for the SemLocks of a process when somebody has waited for
// so long. A search may take so long on a busy machine, as its budget bounds what
// it costs; less if an answer is waited for. Many times what it took has to pass
// before the next one.
const (
	searchAfter  = 300 * time.Millisecond
	searchFor    = 30 * time.Second
	eagerSearch  = 1500 * time.Millisecond
	searchIsLong = time.Second // it is told that it still goes on
	searchPause  = 4 * time.Second
	searchShare  = 20
	maxPause     = 40 * time.Second
)

// semSearch is a search of one process's memory. What it found may be read once
// ended is closed.
type semSearch struct {
	ref   procs.PIDRef
	file  semFile   // of which a SemLock is wanted
	began time.Time // asked for
	ended chan struct{}

	took  time.Duration
	found []cpython.SemLock
	why   string // what was left out, "" if nothing
	err   error
}

func (s *semSearch) over() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// semSearcher makes the searches, one after another, in a goroutine of its own:
// one of a large process takes seconds, and no look waits for it.
type semSearcher struct {
	mu    sync.Mutex
	queue []*semSearch
	busy  bool
	done  sync.WaitGroup
}

// find is findSemLocks, but in a test that holds it up.
var find = findSemLocks

// findSemLocks searches with an interpreter of its own, as the looks use theirs
// meanwhile. A relative may have the wanted SemLock at hint; 0 if none is known.
func findSemLocks(ctx context.Context, s *semSearch, hint uint64) ([]cpython.SemLock, cpython.ScanNote, error) {
	in, err := cpython.Open(s.ref)
	if err != nil {
		return nil, cpython.ScanNote{}, err
	}
	if hint != 0 {
		list, err := in.ReadSemLocks([]uint64{hint}, nil)
		if err == nil && len(list) == 1 && s.isFor(&list[0]) {
			return list, cpython.ScanNote{}, nil
		}
	}
	return in.FindSemLocks(ctx, cpython.DefaultBudget)
}

// isFor reports whether this is a SemLock that is wanted.
func (s *semSearch) isFor(lock *cpython.SemLock) bool {
	return lock.Dev == s.file.dev && lock.Inode == s.file.inode
}

// add has one more process searched, for as long as limit at the most.
func (r *semSearcher) add(ctx context.Context, s *semSearch, limit time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append(r.queue, s)
	if r.busy {
		return
	}
	r.busy = true
	r.done.Go(func() {
		hints := map[semFile]uint64{}
		for s := r.next(); s != nil; s = r.next() {
			r.search(ctx, s, limit, hints)
		}
	})
}

// next takes one from the queue; after nil nobody searches any more.
func (r *semSearcher) next() *semSearch {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) == 0 {
		r.busy = false
		return nil
	}
	s := r.queue[0]
	r.queue = r.queue[1:]
	return s
}

func (r *semSearcher) search(ctx context.Context, s *semSearch, limit time.Duration, hints map[semFile]uint64) {
	defer close(s.ended)
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var note cpython.ScanNote
	s.found, note, s.err = find(ctx, s, hints[s.file])
	s.why, s.took = note.Why, time.Since(began)
	for i := range s.found {
		if s.isFor(&s.found[i]) {
			hints[s.file] = s.found[i].Object
		}
	}
}

// search begins to search the memory of a process for the SemLock of a
// semaphore, if it is time for that.
func (l *looker) search(p *process, file semFile) {
	py := &p.python
	if py.note != "" {
		l.out.coverage.add(ofSemLock, py.note)
	}
	if py.search != nil {
		if l.now.Sub(py.search.began) > searchIsLong {
			l.out.coverage.add(ofSemLock, fmt.Sprintf("the memory of pid %d is still being searched for the locks that are waited for", p.PID))
		}
		return
	}
	again := (py.scanRan != p.ran || py.note != "") && l.now.Sub(py.scanned) > min(max(searchPause, searchShare*py.scanTook), maxPause)
	if l.now.Sub(l.sems.since[file]) < searchAfter || !py.scanned.IsZero() && !again {
		return
	}
	py.scanned, py.scanRan = l.now, p.ran
	py.search = &semSearch{ref: p.PIDRef, file: file, began: l.now, ended: make(chan struct{})}
	if !l.eager {
		l.searcher.add(l.ctx, py.search, searchFor)
		return
	}
	l.searcher.add(context.WithoutCancel(l.ctx), py.search, eagerSearch)
	<-py.search.ended
}

// early reports whether it is too early to search for a semaphore's SemLock.
func (s *semLocks) early(now time.Time) bool {
	for _, since := range s.since {
		if now.Sub(since) < searchAfter {
			return true
		}
	}
	return false
}

// takeIn takes in what a search has found, if there was one and it is over.
func (l *looker) takeIn(p *process) {
	py := &p.python
	s := py.search
	if s == nil || !s.over() {
		return
	}
	py.search, py.scanTook, py.note = nil, s.took, ""
	if s.err != nil {
		l.out.coverage.memory(s.err)
		return
	}
	if s.why != "" {
		py.note = fmt.Sprintf("pid %d: %s", p.PID, s.why)
	}
	for _, f := range s.found {
		p.remember(semFile{f.Dev, f.Inode}, f.Object)
	}
}

// searching reports whether a search goes on, or was not taken in yet.
func (l *looker) searching() bool {
	return slices.ContainsFunc(l.order, func(p *process) bool { return p.python.search != nil })
}
