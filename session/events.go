package session

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
)

// maxEvents bounds what is kept of the past for a reader that comes late.
const maxEvents = 10_000

// eventRing keeps the last events. Writers never wait; a reader that is too
// slow is told how many events it missed. Events are in the order of add.
type eventRing struct {
	mu     sync.Mutex
	last   uint64 // sequence number of the newest event; the first is 1
	events []procs.Event
	// next tells how many lines the session has printed; nil: none.
	next    func() uint64
	dropped uint64        // After of the newest event that is no longer kept
	more    chan struct{} // closed by the next add; nil while nobody waits
}

// add gives the event its number, its time and its place among the output. The
// place is taken under the lock, so that those of all events are in order and
// nobody who looks under the lock misses one that stands before a line.
func (r *eventRing) add(e procs.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next != nil {
		e.After = r.next()
	}
	r.last++
	e.Seq, e.At = r.last, time.Now()
	if len(r.events) >= 2*maxEvents {
		r.dropped = r.events[maxEvents-1].After
		r.events = append(r.events[:0], r.events[maxEvents:]...)
	}
	r.events = append(r.events, e)
	if r.more != nil {
		close(r.more)
		r.more = nil
	}
}

func (r *eventRing) after(seq uint64) (events []procs.Event, missed uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.afterLocked(seq)
}

// afterLocked is after for whoever holds mu.
func (r *eventRing) afterLocked(seq uint64) (events []procs.Event, missed uint64) {
	if seq >= r.last {
		return nil, 0
	}
	oldest := r.last - uint64(len(r.events)) // one before the first that is kept
	if seq < oldest {
		missed, seq = oldest-seq, oldest
	}
	return append(events, r.events[seq-oldest:]...), missed
}

// newest returns the number of the newest event.
func (r *eventRing) newest() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

func (r *eventRing) wait(ctx context.Context, after uint64) {
	r.mu.Lock()
	if r.last > after {
		r.mu.Unlock()
		return
	}
	if r.more == nil {
		r.more = make(chan struct{})
	}
	more := r.more
	r.mu.Unlock()
	select {
	case <-more:
	case <-ctx.Done():
	}
}

// maxNotices bounds muster's own warnings.
const maxNotices = 100

// noticeLog keeps muster's own warnings, oldest first.
type noticeLog struct {
	mu      sync.Mutex
	list    []procs.Notice
	version atomic.Uint64
}

func (l *noticeLog) add(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.append(text)
}

// append is add for whoever holds mu.
func (l *noticeLog) append(text string) {
	if len(l.list) == maxNotices {
		l.list = append(l.list[:0], l.list[1:]...)
	}
	l.list = append(l.list, procs.Notice{At: time.Now(), Text: text})
	l.version.Add(1)
}

// renew puts a newer text in the place of one, or with news at the end of the list, where
// it also goes if that one has given way.
func (l *noticeLog) renew(was, text string, news bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.list, func(n procs.Notice) bool { return n.Text == was })
	switch {
	case i >= 0 && !news:
		l.list[i].Text, l.list[i].Renewed = text, time.Now()
		l.version.Add(1)
		return
	case i >= 0:
		l.list = slices.Delete(l.list, i, i+1)
	}
	l.append(text)
}

func (l *noticeLog) copy() []procs.Notice {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]procs.Notice(nil), l.list...)
}
