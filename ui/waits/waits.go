// Package waits says in words for people who waits for what: the sentences of
// the screen of locks, the column of the screen of processes, the banner and
// the counts of the frame. It is pure, and all that it returns is safe to draw:
// names of processes, locks and files come from the watched programs.
//
// Start at [Board], which goes with one view of the locks, and at
// [Board.Sentence]. Which words stand for what is in words.go; who a pid is, in
// people.go.
package waits

import (
	"slices"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/profiling/locks/graph"
)

// How long a wait must have lasted to be told. What is over before anybody can
// read it would only make the screen restless.
const (
	// calm is for a row of the processes: about one frame. Who comes to a lock for which
	// somebody has waited as long needs not wait for it.
	calm = 70 * time.Millisecond
	// blockedFor is for the count in the header.
	blockedFor = time.Second
)

// Board is a view of the locks with the names of those who appear in it. It is
// made anew with each view, so that what it says changes with a view only.
type Board struct {
	View   *graph.View
	People *People
	locks  map[graph.ID]*graph.Lock
	cells  map[procs.PIDRef]Cell
}

// New returns the board of a view. The crash reports tell how a process ended
// that its slot has forgotten.
func New(v *graph.View, snap *procs.Snapshot, crashes []*crash.Report) *Board {
	b := &Board{View: v, People: know(snap, crashes), locks: make(map[graph.ID]*graph.Lock, len(v.Locks))}
	for i := range v.Locks {
		b.locks[v.Locks[i].ID] = &v.Locks[i]
	}
	b.People.tellApart(v)
	return b
}

// Lock returns a lock of the view, or nil.
func (b *Board) Lock(id graph.ID) *graph.Lock { return b.locks[id] }

// CycleOf returns the deadlock or the ring that a lock is part of, or nil.
func (b *Board) CycleOf(id graph.ID) *graph.Deadlock {
	for _, list := range [][]graph.Deadlock{b.View.Deadlocks, b.View.Rings} {
		for i := range list {
			if slices.ContainsFunc(list[i].Cycle, func(e graph.Edge) bool { return e.WaitsFor == id }) {
				return &list[i]
			}
		}
	}
	return nil
}

// Blocked counts the processes that have waited for a second or longer for
// something that somebody keeps from them.
func (b *Board) Blocked() int {
	blocked := map[procs.PIDRef]bool{}
	for i := range b.View.Locks {
		l := &b.View.Locks[i]
		if !l.Contended && !l.Abandoned {
			continue
		}
		for _, w := range l.Waiters {
			if b.View.At.Sub(w.Since) >= blockedFor {
				blocked[w.PIDRef] = true
			}
		}
	}
	return len(blocked)
}

// Condition is what is to be said of a lock in a word.
type Condition string

// The conditions, the worst first.
const (
	Deadlocked Condition = "deadlock"
	Ring       Condition = "ring"      // the same, unless another process that shares it lets go of it
	Abandoned  Condition = "abandoned" // who had it has ended
	Contended  Condition = "contended" // somebody keeps others waiting
	Waited     Condition = "waiting"   // somebody waits, and it is not known for whom
	Idle       Condition = "idle"      // all wait for work
	Over       Condition = "over"      // nobody waits any more
)

// ConditionOf says it of a lock.
func ConditionOf(l *graph.Lock) Condition {
	switch {
	case l.Deadlocked:
		return Deadlocked
	case l.Ring:
		return Ring
	case l.Abandoned:
		return Abandoned
	case l.Contended:
		return Contended
	case l.Idle:
		return Idle
	case len(l.Waiters) == 0:
		return Over
	}
	return Waited
}

// Bad reports whether nobody in it goes on by itself.
func (c Condition) Bad() bool { return c == Deadlocked || c == Ring || c == Abandoned }

// Quiet reports whether a lock needs no look: nobody waits for it but for work,
// or it may be no lock at all.
func Quiet(l *graph.Lock) bool { return l.Quiet() }

// Sign stands before the word, so that the eye finds it without colour.
func (c Condition) Sign() string {
	switch c {
	case Deadlocked, Ring:
		return "✗"
	case Abandoned:
		return "✝"
	case Contended:
		return "●"
	case Waited:
		return "◌"
	}
	return "·"
}
