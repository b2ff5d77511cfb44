package tree

import (
	"context"
	"sync"

	"example.com/muster/procs"
)

// Death is the end of a process below a slot's own.
type Death struct {
	// Run is the run that it belonged to: not always the slot's present one.
	Run procs.Run
	// Descendant is how it was listed; its Exit is never nil, and is Unknown
	// where nothing told how it ended.
	procs.Descendant
	// Parent is who started it, or the nearest ancestor that was still there;
	// zero where that was none of the slot's processes. ParentArgv is what it ran.
	Parent     procs.PIDRef
	ParentArgv []string
	// ParentLived says that the very process that started it was still there
	// when it ended.
	ParentLived bool
}

// keepDeaths bounds how many ends wait for a reader.
const keepDeaths = 8192

// deathRing holds the newest ends. Its lock is a leaf: whoever adds holds the
// tracker's, and never waits for a reader.
type deathRing struct {
	mu   sync.Mutex
	buf  []Death
	next uint64 // how many there have been
	wake chan struct{}
}

// add makes an end known. The oldest makes room for it.
func (r *deathRing) add(d Death) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.buf) < keepDeaths {
		r.buf = append(r.buf, d)
	} else {
		r.buf[r.next%keepDeaths] = d
	}
	r.next++
	if r.wake != nil {
		close(r.wake)
		r.wake = nil
	}
}

// Deaths is a reader's place among the ends of descendants. It is for one
// goroutine; there may be any number of them.
type Deaths struct {
	ring *deathRing
	next uint64
}

// Deaths returns a reader of all ends from now on. Each comes once, in the
// order in which they were learned of; with the process connector or with
// pidfds that is the order in which they happened. A zombie counts as ended:
// its parent may never wait for it. The tracker never waits for a reader.
func (t *Tracker) Deaths() *Deaths {
	t.deaths.mu.Lock()
	defer t.deaths.mu.Unlock()
	return &Deaths{ring: &t.deaths, next: t.deaths.next}
}

// Next waits for ends and appends them to list. missed is how many the reader
// was too slow for; they came before those. It fails when ctx is done, with
// those that have been told by then.
func (d *Deaths) Next(ctx context.Context, list []Death) (ends []Death, missed uint64, err error) {
	for {
		list, missed, wake := d.take(list)
		if wake == nil {
			return list, missed, nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			list, missed, _ = d.take(list)
			return list, missed, ctx.Err()
		}
	}
}

// take returns what there is, or a channel that is closed when there is more.
func (d *Deaths) take(list []Death) (ends []Death, missed uint64, wake chan struct{}) {
	r := d.ring
	r.mu.Lock()
	defer r.mu.Unlock()
	if d.next == r.next {
		if r.wake == nil {
			r.wake = make(chan struct{})
		}
		return list, 0, r.wake
	}
	if kept := uint64(len(r.buf)); r.next-d.next > kept {
		missed = r.next - kept - d.next
		d.next += missed
	}
	for ; d.next < r.next; d.next++ {
		list = append(list, r.buf[d.next%keepDeaths])
	}
	return list, missed, nil
}

// tell makes the end of a process known, once. What ends before a run has
// claimed it is told when one does; the end of a run's own process never is.
func (t *Tracker) tell(n *node, d procs.Descendant) {
	if _, anonymous := t.unclaimed[n.slot]; n.told || anonymous || n.isRoot() {
		return
	}
	n.told = true
	death := Death{Run: n.ofRun(), Descendant: d, ParentLived: n.parentLived}
	if p := n.parent; p != nil && p != n.slot.base {
		death.Parent, death.ParentArgv = p.ref, p.argv
	}
	t.deaths.add(death)
}

// tellZombie makes the end of a process known that its parent has not waited for.
func (t *Tracker) tellZombie(n *node) {
	if n.ended() && !n.told && !n.isRoot() {
		t.tell(n, t.epitaph(n))
	}
}

// ofRun returns the run that a process belongs to.
func (n *node) ofRun() procs.Run {
	if n.run.PID == 0 {
		return n.slot.run
	}
	return n.run
}

// die notes how a process has ended, whether it was asked to, and whether who
// started it is still there.
func (n *node) die(exit *procs.Exit) {
	n.exit, exit.Asked = exit, n.slot.ending || n.signalled || n.parting.asked
	n.parentLived = n.hasParent()
}

// hasParent reports whether the process that started n is still there.
func (n *node) hasParent() bool {
	return !n.orphaned && n.parent != nil && n.parent != n.slot.base && n.parent.exit == nil
}
