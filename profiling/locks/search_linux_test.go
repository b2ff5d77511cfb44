package locks_test

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/muster/procs"
	"example.com/muster/profiling/locks"
	"example.com/muster/profiling/locks/graph"
)

// TestSearchHoldsNobodyUp: while the memory of one program is searched for its
// locks, which may take seconds, the waits of another one are told as they
// come; that the search goes on is said; and what it finds is told.
func TestSearchHoldsNobodyUp(t *testing.T) {
	c := openCorpus(t)
	if len(c.pythons) == 0 {
		return
	}
	python := c.start(t, []string{c.pythons[0].Path, c.path("py", "mp_lock.py"), "fork"}, false)
	defer python.end(t)
	var second atomic.Pointer[played]
	targets := func() []procs.PIDRef {
		all := python.tree()
		if p := second.Load(); p != nil {
			all = append(all, p.tree()...)
		}
		return all
	}
	asked, goOn := make(chan struct{}), make(chan struct{})
	letGo := sync.OnceFunc(func() { close(goOn) })
	defer locks.HoldSearches(asked, goOn)()
	w := watch(targets, nil)
	defer w.stop()
	defer letGo()
	said := python.await(t, w)
	<-asked

	files := c.start(t, []string{c.program(t, "filelock"), "flock"}, false)
	defer files.end(t)
	second.Store(files)
	onlyFiles := watch(files.tree, nil)
	defer onlyFiles.stop()
	saidFiles := files.await(t, onlyFiles)
	w.until(t, "who has the file, and that the search goes on", func(v *graph.View) bool {
		c, _ := row(v, "semlock")
		if c.OK || !strings.Contains(c.Note, "is still being searched") {
			return false
		}
		return !slices.ContainsFunc(saidFiles.Locks, func(l trueLock) bool { return len(l.diff(v)) > 0 })
	})
	letGo()
	w.until(t, "who has the Lock", func(v *graph.View) bool { return len(said.Locks[0].diff(v)) == 0 })
}

// TestNoSearchIsNeededForWhatTheAgentTells: it tells where the locks are, so that who has one is
// known at the first look at who waits for it. Without an agent it takes a search.
func TestNoSearchIsNeededForWhatTheAgentTells(t *testing.T) {
	c := openCorpus(t)
	if len(c.pythons) == 0 {
		return
	}
	goOn := make(chan struct{})
	letGo := sync.OnceFunc(func() { close(goOn) })
	defer locks.HoldSearches(nil, goOn)()
	python := c.start(t, []string{c.pythons[len(c.pythons)-1].Path, c.path("py", "mp_lock.py"), "fork"}, true)
	defer python.end(t)
	w := watch(python.tree, python.agent)
	defer w.stop()
	defer letGo()
	said := python.await(t, w)
	w.until(t, "who has the Lock", func(v *graph.View) bool { return len(said.Locks[0].diff(v)) == 0 })
}
