package task

import (
	"errors"
	"slices"
	"time"
)

// Withdrawer is a [Sink] that can take back what it was told.
type Withdrawer interface {
	// Withdraw takes back the results of failed items, by their Seq, as they are
	// being worked on again. What cannot be taken back, such as what was written to
	// a pipe, stays.
	Withdraw(seqs map[uint64]bool) error
}

// maxAgain is how many failed items are kept so that a person can have them tried
// again, and maxAgainBytes how many bytes of them.
const (
	maxAgain      = 100_000
	maxAgainBytes = 32 << 20
)

// failures are the items that have failed for good, while somebody may want them
// tried again. The owner of the plan owns it.
type failures struct {
	items  map[uint64]failed // by Seq
	bytes  int
	queued []failed // to be taken by the plan, as soon as it has room
}

// failed is an item that has failed.
type failed struct {
	item  Item // without its outcome
	tries int
	at    time.Time // when it was known
}

func (f *failed) size() int {
	n := len(f.item.Text)
	for _, arg := range f.item.Args {
		n += len(arg)
	}
	return n
}

// keep keeps an item that has failed, if there is room.
func (f *failures) keep(t *Task, now time.Time) {
	kept := failed{item: *t.Item, tries: t.Tries, at: now}
	kept.item.Out = Outcome{}
	if size := kept.size(); len(f.items) < maxAgain && f.bytes+size <= maxAgainBytes {
		f.items[kept.item.Seq] = kept
		f.bytes += size
	}
}

// take takes some out, by their Seq, or all if none are named, in the order of the
// input.
func (f *failures) take(seqs []uint64) []failed {
	if len(seqs) == 0 {
		for seq := range f.items {
			seqs = append(seqs, seq)
		}
	}
	slices.Sort(seqs)
	var taken []failed
	for _, seq := range slices.Compact(seqs) {
		kept, ok := f.items[seq]
		if !ok {
			continue
		}
		delete(f.items, seq)
		f.bytes -= kept.size()
		taken = append(taken, kept)
	}
	return taken
}

// Retry has items worked on again that have failed for good, by their Seq, or
// all of them if none are named, and returns how many. Their results are
// withdrawn from a sink that is a [Withdrawer]. It needs [Config.Interactive], and
// does nothing once the map has been stopped.
func (m *Map) Retry(seqs ...uint64) (n int) {
	m.do(func() {
		if m.plan.Stopped() {
			return
		}
		taken := m.failures.take(slices.Clone(seqs))
		if n = len(taken); n == 0 {
			return
		}
		withdrawn := make(map[uint64]bool, n)
		for i := range taken {
			withdrawn[taken[i].item.Seq] = true
		}
		m.watch.withdraw(withdrawn)
		m.withdraw(withdrawn)
		m.failures.queued = append(m.failures.queued, taken...)
		m.goOn()
	})
	return n
}

// goOn follows from there being something to do again: the time between does not
// count.
func (m *Map) goOn() {
	if !m.over.IsZero() {
		m.watch.started = m.watch.started.Add(m.now.Sub(m.over))
		m.watch.thaw(m.now, m.plan.Counts().Done())
		m.over = time.Time{}
	}
}

// again offers the items that a person wants tried again, the first of them last,
// as each goes in front.
func (m *Map) again() {
	for queued := m.failures.queued; len(queued) > 0; queued = m.failures.queued {
		last := &queued[len(queued)-1]
		item := last.item
		if m.plan.Stopped() {
			m.failures.queued = nil
			return
		}
		if !m.plan.Again(&item, last.size(), last.tries) {
			return
		}
		m.watch.undone(last.at)
		m.failures.queued = queued[:len(queued)-1]
	}
}

// Finish has Run return as soon as all items are done; see [Config.Interactive].
func (m *Map) Finish() { m.do(func() { m.finish = true }) }

// lingers reports whether what is over may go on.
func (m *Map) lingers() bool {
	return m.cfg.Interactive && !m.finish && m.err == nil && m.plan.Broken() == ""
}

// Freeze has the map begin nothing, and no time pass for it, until it is called
// with false: whoever calls it stops the processes meanwhile.
func (m *Map) Freeze(on bool) {
	m.do(func() {
		switch {
		case on && m.frozen.IsZero():
			m.frozen = m.now
		case !on && !m.frozen.IsZero():
			m.plan.Shift(m.now.Sub(m.frozen))
			m.watch.thaw(m.now, m.plan.Counts().Done())
			m.frozen = time.Time{}
		}
	})
}

// telling is what the sink is told at a time: to take some back, and then what is
// new.
type telling struct {
	withdraw map[uint64]bool
	tasks    []*Task
}

// deliver has the sink told of tasks.
func (m *Map) deliver(tasks []*Task) {
	if len(m.toSink) == 0 {
		m.toSink = append(m.toSink, telling{})
	}
	last := &m.toSink[len(m.toSink)-1]
	last.tasks = append(last.tasks, tasks...)
}

// withdraw has the sink take results back, behind all that it is to be told before.
func (m *Map) withdraw(seqs map[uint64]bool) {
	m.toSink = append(m.toSink, telling{withdraw: seqs})
}

// Withdraw implements [Withdrawer].
func (s Sinks) Withdraw(seqs map[uint64]bool) error {
	var all error
	for _, sink := range s {
		if w, ok := sink.(Withdrawer); ok {
			all = errors.Join(all, w.Withdraw(seqs))
		}
	}
	return all
}

// tellSink tells the sink, or has it take back.
func (m *Map) tellSink(t telling) error {
	if w, ok := m.cfg.Sink.(Withdrawer); ok && t.withdraw != nil {
		if err := w.Withdraw(t.withdraw); err != nil {
			return err
		}
	}
	if len(t.tasks) == 0 {
		return nil
	}
	return m.cfg.Sink.Tell(t.tasks)
}
