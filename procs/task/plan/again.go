package plan

import "time"

// Again takes an item once more whose failure has been delivered: it counts as
// failed no longer, and is worked on before all others. bytes is its size,
// tries how many attempts it has had; its retries begin anew. Where results are
// told in order, this one comes behind those of all that were offered before. It
// reports false, and takes nothing, where there is no room for it, and once the
// plan has been stopped.
func (p *Plan[T]) Again(item T, bytes, tries int) bool {
	if p.stopped || p.counts.Failed == 0 || p.counts.Held >= p.opt.Window || p.held >= p.opt.HeldBytes {
		return false
	}
	t := &Task[T]{Item: item, bytes: int64(bytes), order: p.offered, Worker: -1, Tries: tries, earlier: tries}
	p.offered++
	p.order.end = p.offered
	p.counts.Failed--
	p.counts.Retried++
	p.counts.Held++
	p.counts.Waiting++
	p.held += t.bytes
	p.queue.pushFront(t)
	return true
}

// Shift moves all that is waited for by the time that everything stood still:
// limits of time, backoffs, delays.
func (p *Plan[T]) Shift(by time.Duration) {
	later := func(t *time.Time) {
		if !t.IsZero() {
			*t = t.Add(by)
		}
	}
	for _, at := range []*time.Time{&p.nextStart, &p.checkAt, &p.startAt} {
		later(at)
	}
	for _, t := range p.retries.tasks { // their order stays
		later(&t.due)
	}
	var last *chunk
	for _, w := range p.workers {
		later(&w.began)
		later(&w.freed)
		for _, t := range w.tasks {
			if t.chunk != nil && t.chunk != last { // those of one are side by side
				last = t.chunk
				later(&last.sent)
			}
		}
	}
}
