package plan

import (
	"slices"
	"time"
)

// stage is where a worker's process stands.
type stage uint8

const (
	absent  stage = iota // it has none
	rising               // it was started, and is not ready
	up                   // it works, or may
	leaving              // it was retired, and has not ended
	ending               // it is being killed
)

// worker is a place for one process at a time.
type worker[T any] struct {
	stage stage
	why   Reason
	// tasks are those that it has not answered, as they were sent; chunks is how
	// many chunks they are of.
	tasks  []*Task[T]
	chunks int
	given  int // items, to this process
	did    int // of those, have been answered
	began  time.Time
	freed  time.Time // when the last chunk was done
	listed bool      // it is in Plan.ready
	victim *Task[T]  // the item that it is killed for
}

// Status is what a worker does, for a person.
type Status[T any] struct {
	Worker int
	// Up says that it has a process, or may have one at once.
	Up bool
	// Rising says that its process was started, and is not ready.
	Rising bool
	// Task is the item that it is on, nil if none, Began since when.
	Task   *Task[T]
	Began  time.Time
	Queued int // items that it has been sent besides
	Did    int // items, since it was started
}

// Worker returns what a worker does.
func (p *Plan[T]) Worker(i int) Status[T] {
	w := p.workers[i]
	s := Status[T]{Worker: i, Up: w.stage == up, Rising: w.stage == rising, Did: w.did}
	if len(w.tasks) > 0 {
		s.Task, s.Began, s.Queued = w.tasks[0], w.began, len(w.tasks)-1
	}
	return s
}

// Workers is how many workers there are or have been.
func (p *Plan[T]) Workers() int { return len(p.workers) }

// Resize changes how many workers work at a time. Those that are too many
// finish what they have.
func (p *Plan[T]) Resize(n int) {
	p.size = max(1, n)
	for len(p.workers) < p.size {
		w := &worker[T]{}
		if p.opt.PerItem {
			w.stage = up
		}
		p.workers = append(p.workers, w)
	}
	for i := range p.size {
		p.list(i)
	}
}

// Ready says that a worker's process has started and takes items.
func (p *Plan[T]) Ready(i int) {
	w := p.workers[i]
	if w.stage != rising {
		return
	}
	w.stage = up
	p.rising--
	p.list(i)
}

// list puts a worker among those that may be sent something, if it may.
func (p *Plan[T]) list(i int) {
	w := p.workers[i]
	if w.listed || !p.able(i) {
		return
	}
	w.listed = true
	p.ready.pushBack(i)
}

// able reports whether a worker may be sent a chunk.
func (p *Plan[T]) able(i int) bool {
	w := p.workers[i]
	return w.stage == up && i < p.size && w.chunks < p.chunks.depth() && !p.spent(w)
}

// spent reports whether a worker's process has got all that it is to get.
func (p *Plan[T]) spent(w *worker[T]) bool {
	return p.opt.MaxTasks > 0 && !p.opt.PerItem && !p.opt.Recycles && w.given >= p.opt.MaxTasks
}

// Done says how a task ended that a worker was sent, how long it took (below 0:
// since the worker was done with the one before), and how many bytes its result
// has. The task's Verdict is Pending again if it is to be retried.
func (p *Plan[T]) Done(now time.Time, i int, t *Task[T], v Verdict, took time.Duration, bytes int) {
	w := p.workers[i]
	at := 0
	if len(w.tasks) == 0 || w.tasks[0] != t {
		if at = slices.Index(w.tasks, t); at < 0 {
			return // it was answered, or taken away
		}
	}
	if at == 0 {
		w.tasks[0] = nil
		w.tasks = w.tasks[1:]
	} else {
		w.tasks = slices.Delete(w.tasks, at, at+1)
	}
	w.did++
	p.fruitless = 0
	if took < 0 {
		took = now.Sub(w.began)
	}
	t.Began, t.Took = now.Add(-took), took
	t.bytes += int64(bytes)
	p.held += int64(bytes)
	p.chunkItemDone(now, i, t)
	why := NoReason
	if p.opt.PerItem {
		why = p.endedFor(w, t)
	}
	if w.victim == t {
		w.victim = nil
	}
	w.began = now
	p.idle(i)
	p.finish(now, t, v, why)
}

// endedFor says for what the process of an item was ended, where each has one.
func (p *Plan[T]) endedFor(w *worker[T], t *Task[T]) (why Reason) {
	if w.why == ForHalt || w.victim == t {
		why = w.why
	}
	if len(w.tasks) == 0 || w.victim == t && w.why != ForHalt {
		w.why, w.stage = NoReason, up
	}
	return why
}

// chunkItemDone counts an answer against its chunk.
func (p *Plan[T]) chunkItemDone(now time.Time, i int, t *Task[T]) {
	w, c := p.workers[i], t.chunk
	t.chunk = nil
	if c.left--; c.left > 0 {
		return
	}
	w.chunks--
	since := c.sent
	if w.freed.After(since) {
		since = w.freed
	}
	w.freed = now
	p.chunks.measure(c.items, now.Sub(since))
}

// idle follows from a worker having one task less.
func (p *Plan[T]) idle(i int) {
	if len(p.workers[i].tasks) == 0 {
		p.busy--
	}
	p.list(i)
}

// finish decides what follows from an attempt's end: another one, or a verdict.
func (p *Plan[T]) finish(now time.Time, t *Task[T], v Verdict, why Reason) {
	p.counts.Running--
	if v != OK {
		switch why {
		case ForTimeout:
			v = TimedOut
		case ForSkip:
			v = Skipped
		case ForHalt:
			p.drop(t)
			p.restIfLast()
			return
		}
	}
	t.Verdict = v
	t.Tries++
	if v == OK {
		p.times.Add(t.Took)
		if p.opt.Timeout.Percent > 0 && p.times.Count() == medianOf {
			p.checkAt = now
		}
	}
	if tries := t.Tries - t.earlier; v.Failure() && !p.stopped && (p.opt.Retries < 0 || tries <= p.opt.Retries) {
		t.due = now.Add(backoff(p.opt.Backoff, p.opt.BackoffMax, tries))
		p.counts.Retried++
		p.counts.Waiting++
		p.retries.push(t)
		return
	}
	p.settle(t)
	p.judgeHalt()
	p.restIfLast()
}

// backoff is the wait before another attempt, after so many.
func backoff(first, most time.Duration, tries int) time.Duration {
	for ; tries > 1 && first < most; tries-- {
		first *= 2
	}
	return min(first, most)
}

// settle makes a verdict final.
func (p *Plan[T]) settle(t *Task[T]) {
	switch t.Verdict {
	case OK:
		p.counts.OK++
	case Skipped:
		p.counts.Skipped++
	default:
		p.counts.Failed++
	}
	p.done = p.order.put(t, p.done)
}

// drop gives up an item that was not worked on to its end.
func (p *Plan[T]) drop(t *Task[T]) {
	p.counts.Unfinished++
	p.counts.Held--
	p.held -= t.bytes
}

// restIfLast delivers what waits for items that will not come.
func (p *Plan[T]) restIfLast() {
	if p.stopped && p.counts.Running == 0 {
		p.done = p.order.rest(p.done)
	}
}

// On which task a worker was when it ended, for [Plan.Ended].
const (
	Unknown = -1 // the first that it has not answered
	Nothing = -2 // none: it had not begun any
)

// maxClose is how many workers may end with an item next in their queue, before
// it is charged with the last of these deaths.
const maxClose = 3

// Ended says that a worker's process is no more, or could not be started. on
// counts among the tasks that it has not answered: that one is charged with the
// death, the others go to other workers as if nothing had been.
func (p *Plan[T]) Ended(now time.Time, i, on int) {
	w := p.workers[i]
	if w.stage == absent {
		return
	}
	asked := w.stage == leaving || w.stage == ending
	if w.stage == rising {
		p.rising--
	}
	p.live--
	tasks, why, did := w.tasks, w.why, w.did
	if len(tasks) > 0 {
		p.busy--
	}
	began := w.began
	switch {
	case why == ForTimeout || why == ForSkip: // unless it was quicker than the kill
		on = slices.Index(tasks, w.victim)
	case on == Unknown:
		on = 0
	}
	nothing := on == Nothing || len(tasks) == 0
	if on == Nothing && len(tasks) > 0 && !asked {
		if tasks[0].close++; tasks[0].close >= maxClose {
			on = 0 // too many for chance
		}
	}
	*w = worker[T]{listed: w.listed}
	if on >= 0 && on < len(tasks) {
		t := tasks[on]
		t.Began, t.Took, t.chunk = began, now.Sub(began), nil
		tasks = slices.Delete(tasks, on, on+1)
		p.giveBack(tasks)
		p.finish(now, t, Lost, why)
	} else {
		p.giveBack(tasks)
	}
	if nothing && !asked && did == 0 {
		p.noFruit(now)
	}
	if !asked {
		p.counts.Deaths++
	}
	p.restIfLast()
}

// giveBack puts tasks that nobody has worked on in front of the queue.
func (p *Plan[T]) giveBack(tasks []*Task[T]) {
	for _, t := range slices.Backward(tasks) {
		p.counts.Running--
		t.chunk = nil
		if p.stopped {
			p.drop(t)
			continue
		}
		p.counts.Waiting++
		p.queue.pushFront(t)
	}
}

// maxFruitless is how many workers in a row may end without having done
// anything until no more are started.
const maxFruitless = 5

// noFruit counts an end that brought nothing.
func (p *Plan[T]) noFruit(now time.Time) {
	p.fruitless++
	p.startAt = now.Add(backoff(p.opt.Backoff, p.opt.BackoffMax, p.fruitless))
	if p.fruitless >= maxFruitless {
		p.Break("workers end before they have done anything")
	}
}

// Break stops the plan because no worker can be had.
func (p *Plan[T]) Break(why string) {
	if p.broken == "" {
		p.broken = why
	}
	p.Stop(true)
}

// Skip ends the item that a worker is on, and leaves it out. It reports whether
// there is one.
func (p *Plan[T]) Skip(i int) bool {
	w := p.workers[i]
	if len(w.tasks) == 0 || w.stage != up {
		return false
	}
	p.kill(i, ForSkip)
	return true
}

// kill asks for a worker's end.
func (p *Plan[T]) kill(i int, why Reason) {
	w := p.workers[i]
	w.stage, w.why = ending, why
	a := Action[T]{Kind: Kill, Worker: i, Why: why}
	if len(w.tasks) > 0 {
		w.victim = w.tasks[0]
		if why != ForHalt {
			a.Tasks = []*Task[T]{w.victim}
		}
	}
	p.kills = append(p.kills, a)
}

// Stop begins no more items; with now it also ends those that run, which are
// then unfinished. It may be called again.
func (p *Plan[T]) Stop(now bool) {
	p.stopped = true
	for p.queue.len() > 0 {
		p.counts.Waiting--
		p.drop(p.queue.popFront())
	}
	for p.retries.len() > 0 { // they have failed, and that is what is told
		p.counts.Waiting--
		p.settle(p.retries.pop())
	}
	if now && !p.killing {
		p.killing = true
		for i, w := range p.workers {
			ends := w.stage == ending && (!p.opt.PerItem || len(w.tasks) < 2)
			if w.stage == rising || len(w.tasks) > 0 && !ends {
				if w.stage == rising {
					p.rising--
				}
				p.kill(i, ForHalt)
			}
		}
	}
	p.restIfLast()
}
