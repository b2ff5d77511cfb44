package tree

import (
	"cmp"
	"slices"
	"time"

	"example.com/muster/procs"
)

// entry is one row of a listing, with its place in the tree.
type entry struct {
	procs.Descendant
	seq, parent uint64
}

// Descendants returns the processes that descend from a slot's runs: those
// that live, and with their Exit those of the present run that ended during the last
// seconds, at most 64. Parents come before their children, depth first, siblings in the
// order in which they were started. A process whose parent has ended stands
// under the nearest ancestor that is still there.
//
// The tree measures nothing: every field of the Usage is [procs.Unknown]. The
// list is immutable.
func (t *Tracker) Descendants(id procs.ID) []procs.Descendant {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.slots[id]
	if s == nil {
		return nil
	}
	if s.list == nil || t.now().After(s.listEnd) {
		t.build(s)
	}
	return s.list
}

// Living returns the processes of a slot that still run, the one of its run
// not among them; call [Tracker.Refresh] before. Zombies are left out:
// nothing can end them but their parent.
func (t *Tracker) Living(id procs.ID) []procs.PIDRef {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.slots[id]
	if s == nil {
		return nil
	}
	var refs []procs.PIDRef
	s.base.walk(func(n *node) {
		if !n.isRoot() && !n.ended() {
			refs = append(refs, n.ref)
		}
	})
	slices.SortFunc(refs, func(a, b procs.PIDRef) int {
		return cmp.Or(cmp.Compare(a.StartTime, b.StartTime), cmp.Compare(a.PID, b.PID))
	})
	return refs
}

// Draining reports whether some of those that [Tracker.Living] returns read from pipes that
// nobody writes to any more, and how many bytes are left in these.
func (t *Tracker) Draining(id procs.ID) (left int, some bool) {
	for _, ref := range t.Living(id) {
		if n, ok := t.kernel.drains(ref.PID); ok {
			left, some = left+n, true
		}
	}
	return left, some
}

// walk calls f for every process below n.
func (n *node) walk(f func(*node)) {
	for kid := range n.kids {
		f(kid)
		kid.walk(f)
	}
}

// build makes a slot's list anew.
func (t *Tracker) build(s *slot) {
	now := t.now()
	entries := make([]entry, 0, s.living)
	var unnamed []*node
	s.base.walk(func(n *node) {
		if n.label == "" && !n.isRoot() {
			unnamed = append(unnamed, n)
		}
	})
	slices.SortFunc(unnamed, func(a, b *node) int { return cmp.Compare(a.seq, b.seq) })
	for _, n := range unnamed {
		t.name(n)
	}
	s.base.walk(func(n *node) {
		if !n.isRoot() {
			entries = append(entries, entry{Descendant: n.descendant(), seq: n.seq, parent: n.parent.seq})
		}
	})
	s.listEnd = now.Add(time.Hour)
	for _, e := range s.ended.last(keepRecent, func(e ended) bool { return now.Sub(e.Exit.At) < recentFor }) {
		if e.run == s.run.N { // those of an earlier one would seem to be of this
			entries = append(entries, entry{Descendant: e.Descendant, seq: e.seq, parent: e.parent})
		}
		s.listEnd = e.Exit.At.Add(recentFor)
	}
	s.list = depthFirst(entries)
}

// descendant returns the row of a process.
func (n *node) descendant() procs.Descendant {
	d := procs.Descendant{
		PIDRef: n.ref, PPID: n.ppid, Role: n.role, Label: n.label, Argv: n.argv, State: n.state,
		Usage: unknownUsage, StartedAt: n.startedAt, PeakRSSBytes: n.peakRSS,
	}
	if n.ended() {
		d.Exit = n.exit
	}
	return d
}

// unknownUsage is what the tree knows of the use of anything.
var unknownUsage = procs.Usage{
	CPUPercent: procs.Unknown, RSSBytes: procs.Unknown, Threads: procs.Unknown, FDs: procs.Unknown,
	ReadBytes: procs.Unknown, WriteBytes: procs.Unknown,
	VoluntarySwitches: procs.Unknown, InvoluntarySwitches: procs.Unknown,
}

// depthFirst puts entries in the order of a tree and sets their depths.
func depthFirst(entries []entry) []procs.Descendant {
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(a.StartedAt.Compare(b.StartedAt), cmp.Compare(a.seq, b.seq))
	})
	here := make(map[uint64]bool, len(entries))
	for i := range entries {
		here[entries[i].seq] = true
	}
	kids := make(map[uint64][]int, len(entries))
	for i := range entries {
		parent := entries[i].parent
		if !here[parent] {
			parent = 0 // the slot's own process, or an ancestor that is gone
		}
		kids[parent] = append(kids[parent], i)
	}
	list := make([]procs.Descendant, 0, len(entries))
	var visit func(seq uint64, depth int)
	visit = func(seq uint64, depth int) {
		for _, i := range kids[seq] {
			entries[i].Depth = depth
			list = append(list, entries[i].Descendant)
			visit(entries[i].seq, depth+1)
		}
	}
	visit(0, 1)
	return list
}
