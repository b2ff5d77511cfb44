package tree

import "time"

// Most programs that write a title over their arguments do that when they have begun, often
// after a fork. Others do it again and again. Nothing tells of it, so what a process shows
// of itself is read again: half a second after it was found, and then after one second more,
// two, four, eight, and ten each time.
const (
	titleFirst = 500 * time.Millisecond // earlier than the second look of a sampler
	titleMost  = 10 * time.Second
)

// title says when it is read again what a process shows of itself.
type title struct {
	// ran: it has run since then. A process that has not cannot have changed anything.
	ran   bool
	at    time.Time
	every time.Duration
}

func (x *title) begin(now time.Time) { x.at, x.every = now.Add(titleFirst), titleFirst }

// due reports whether it is to be read now.
func (x *title) due(now time.Time) bool { return x.ran && !now.Before(x.at) }

// next says that it is read now.
func (x *title) next(now time.Time) {
	x.ran, x.every = false, min(2*x.every, titleMost)
	x.at = now.Add(x.every)
}

// readTitles reads again what processes show of themselves, where that is due.
func (t *Tracker) readTitles() {
	var nodes []*node
	t.mu.Lock()
	now := t.now()
	for _, n := range t.byPID {
		if n.exit == nil && n.title.due(now) && t.titles.take(now) {
			n.title.next(now)
			nodes = append(nodes, n)
		}
	}
	t.mu.Unlock()
	t.read(nodes)
}
