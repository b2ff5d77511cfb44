package plan

import "time"

// Next returns what is to be done next; it is false if nothing is until
// something happens, or until [Plan.Wake]. now may not go backwards.
func (p *Plan[T]) Next(now time.Time) (a Action[T], ok bool) {
	p.wakeRetries(now)
	p.checkTimeouts(now)
	if len(p.kills) > 0 {
		a, p.kills = p.kills[0], p.kills[1:]
		return a, true
	}
	if len(p.done) > 0 {
		a = Action[T]{Kind: Deliver, Tasks: p.done}
		p.done = nil
		return a, true
	}
	if a, ok = p.send(now); ok {
		return a, true
	}
	if a, ok = p.start(now); ok {
		return a, true
	}
	return p.retireOne()
}

// Wake is when Next may have something although nothing has happened; zero if
// that is never so. It is meant for after Next has returned false.
func (p *Plan[T]) Wake() time.Time {
	wake := p.checkAt
	sooner := func(t time.Time) {
		if !t.IsZero() && (wake.IsZero() || t.Before(wake)) {
			wake = t
		}
	}
	sooner(p.retries.due())
	if p.queue.len() > 0 && !p.paused {
		if p.ready.len() > 0 {
			sooner(p.nextStart)
		} else if p.live < p.size {
			sooner(p.startAt)
		}
	}
	return wake
}

// wakeRetries queues the tasks whose wait is over, before all others.
func (p *Plan[T]) wakeRetries(now time.Time) {
	for p.retries.len() > 0 && !p.retries.due().After(now) {
		p.queue.pushFront(p.retries.pop())
	}
}

// send hands the first chunk of the queue to a worker that has room for it.
func (p *Plan[T]) send(now time.Time) (a Action[T], ok bool) {
	if p.paused || p.stopped || p.queue.len() == 0 || now.Before(p.nextStart) {
		return a, false
	}
	i, w := p.next()
	if w == nil {
		return a, false
	}
	n := min(p.queue.len(), p.chunks.size(p.size, p.queue.len(), p.closed))
	if p.opt.Delay > 0 {
		n = 1
		p.nextStart = now.Add(p.opt.Delay)
	}
	if p.opt.MaxTasks > 0 && !p.opt.PerItem {
		if w.given >= p.opt.MaxTasks { // by now it is another process
			w.given = 0
		}
		n = min(n, p.opt.MaxTasks-w.given)
	}
	c := &chunk{sent: now, items: n, left: n}
	tasks := make([]*Task[T], n)
	for k := range tasks {
		t := p.queue.popFront()
		t.Worker, t.Verdict, t.chunk, t.Began = i, Pending, c, now
		tasks[k] = t
	}
	p.counts.Waiting -= n
	p.counts.Running += n
	if len(w.tasks) == 0 {
		p.busy++
		w.began = now
		p.watch(w)
	}
	w.tasks = append(w.tasks, tasks...)
	w.chunks++
	w.given += n
	p.list(i)
	return Action[T]{Kind: Send, Worker: i, Tasks: tasks}, true
}

// next takes the first worker of the list that may be sent something.
func (p *Plan[T]) next() (int, *worker[T]) {
	for p.ready.len() > 0 {
		i := p.ready.popFront()
		w := p.workers[i]
		w.listed = false
		if p.able(i) {
			return i, w
		}
	}
	return 0, nil
}

// start asks for a process where there is work that those which are there, or
// are about to be, do not take.
func (p *Plan[T]) start(now time.Time) (a Action[T], ok bool) {
	if p.opt.PerItem || p.paused || p.stopped || p.live >= p.size || p.queue.len() <= p.rising || p.ready.len() > 0 || now.Before(p.startAt) {
		return a, false
	}
	for i := range p.size {
		if w := p.workers[i]; w.stage == absent {
			w.stage = rising
			p.live++
			p.rising++
			return Action[T]{Kind: Start, Worker: i}, true
		}
	}
	return a, false // those that are too many have not ended yet
}

// retireOne asks for the end of a worker that will get nothing more.
func (p *Plan[T]) retireOne() (a Action[T], ok bool) {
	if p.opt.PerItem || p.live == 0 {
		return a, false
	}
	all := (p.closed || p.stopped) && p.queue.len() == 0 && p.retries.len() == 0 && p.busy == 0
	for i, w := range p.workers {
		if w.stage == up && len(w.tasks) == 0 && (all || i >= p.size || p.spent(w)) {
			w.stage = leaving
			return Action[T]{Kind: Retire, Worker: i}, true
		}
		if w.stage == rising && all { // for work that is done by now
			w.stage = ending
			p.rising--
			return Action[T]{Kind: Kill, Worker: i, Why: ForHalt}, true
		}
	}
	return a, false
}

// limit is how long an item may take now; 0 if for ever.
func (p *Plan[T]) limit() time.Duration {
	switch o := p.opt.Timeout; {
	case o.Fixed > 0:
		return o.Fixed
	case o.Percent > 0 && p.times.Count() >= medianOf:
		return max(1, p.times.Quantile(0.5)*time.Duration(o.Percent)/100)
	}
	return 0
}

// watch has a worker's first item looked at in time.
func (p *Plan[T]) watch(w *worker[T]) {
	limit := p.limit()
	if limit == 0 {
		return
	}
	if at := w.began.Add(limit); p.checkAt.IsZero() || at.Before(p.checkAt) {
		p.checkAt = at
	}
}

// checkTimeouts kills workers whose item has taken too long.
func (p *Plan[T]) checkTimeouts(now time.Time) {
	if p.checkAt.IsZero() || now.Before(p.checkAt) {
		return
	}
	p.checkAt = time.Time{}
	limit := p.limit()
	for i, w := range p.workers {
		if len(w.tasks) == 0 || w.stage != up {
			continue
		}
		if now.Sub(w.began) >= limit {
			p.kill(i, ForTimeout)
			continue
		}
		p.watch(w)
	}
}
