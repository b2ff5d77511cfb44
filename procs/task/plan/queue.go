package plan

import "time"

// deque is a queue in a ring that grows.
type deque[E any] struct {
	ring []E
	head int
	n    int
}

func (d *deque[E]) len() int { return d.n }

func (d *deque[E]) pushBack(e E) {
	d.grow()
	d.ring[(d.head+d.n)&(len(d.ring)-1)] = e
	d.n++
}

func (d *deque[E]) pushFront(e E) {
	d.grow()
	d.head = (d.head - 1) & (len(d.ring) - 1)
	d.ring[d.head] = e
	d.n++
}

func (d *deque[E]) popFront() E {
	var zero E
	e := d.ring[d.head]
	d.ring[d.head] = zero
	d.head = (d.head + 1) & (len(d.ring) - 1)
	d.n--
	return e
}

func (d *deque[E]) grow() {
	if d.n < len(d.ring) {
		return
	}
	ring := make([]E, max(16, 2*len(d.ring))) // a power of two
	for i := range d.n {
		ring[i] = d.ring[(d.head+i)&(len(d.ring)-1)]
	}
	d.ring, d.head = ring, 0
}

// retryHeap holds tasks that back off, the one that is due first on top.
type retryHeap[T any] struct{ tasks []*Task[T] }

func (h *retryHeap[T]) len() int { return len(h.tasks) }

func (h *retryHeap[T]) due() time.Time {
	if len(h.tasks) == 0 {
		return time.Time{}
	}
	return h.tasks[0].due
}

func (h *retryHeap[T]) push(t *Task[T]) {
	h.tasks = append(h.tasks, t)
	for i := len(h.tasks) - 1; i > 0; {
		up := (i - 1) / 2
		if !h.tasks[i].due.Before(h.tasks[up].due) {
			return
		}
		h.tasks[i], h.tasks[up] = h.tasks[up], h.tasks[i]
		i = up
	}
}

func (h *retryHeap[T]) pop() *Task[T] {
	t, last := h.tasks[0], len(h.tasks)-1
	h.tasks[0], h.tasks[last] = h.tasks[last], nil
	h.tasks = h.tasks[:last]
	for i := 0; ; {
		least := i
		for _, down := range [...]int{2*i + 1, 2*i + 2} {
			if down < last && h.tasks[down].due.Before(h.tasks[least].due) {
				least = down
			}
		}
		if least == i {
			return t
		}
		h.tasks[i], h.tasks[least] = h.tasks[least], h.tasks[i]
		i = least
	}
}

// order holds what is done until all before it is done too. Its zero value
// keeps no order.
type order[T any] struct {
	ring    []*Task[T] // by Task.order; nil: no order is kept
	next    uint64     // the first that has not been delivered
	end     uint64     // one past the last that was offered
	waiting int
}

func (o *order[T]) init(window int) {
	size := 1
	for size < window {
		size *= 2
	}
	o.ring = make([]*Task[T], size)
}

// room is how many more there may be without the ring being too small.
func (o *order[T]) room() int {
	if o.ring == nil {
		return 1 << 30
	}
	return len(o.ring) - int(o.end-o.next)
}

// put takes a task that is done and appends those that may be delivered now.
func (o *order[T]) put(t *Task[T], to []*Task[T]) []*Task[T] {
	if o.ring == nil {
		return append(to, t)
	}
	o.ring[t.order&uint64(len(o.ring)-1)] = t
	o.waiting++
	for {
		at := o.next & uint64(len(o.ring)-1)
		if o.ring[at] == nil {
			return to
		}
		to = append(to, o.ring[at])
		o.ring[at] = nil
		o.next++
		o.waiting--
	}
}

// rest appends all that is still held, in order: those before it will not come.
func (o *order[T]) rest(to []*Task[T]) []*Task[T] {
	for ; o.waiting > 0; o.next++ {
		at := o.next & uint64(len(o.ring)-1)
		if t := o.ring[at]; t != nil {
			to = append(to, t)
			o.ring[at] = nil
			o.waiting--
		}
	}
	return to
}
