package plan

import (
	"math/rand/v2"
	"testing"
	"time"
)

// random plays whatever can happen to a plan, chosen by a seed, and checks its
// promises: each item once, in order where that is asked for, no more held than
// the window, and never a moment at which everybody waits for everybody.
type random struct {
	t      *testing.T
	rnd    *rand.Rand
	opt    Options
	p      *Plan[int]
	now    time.Time
	tasks  map[int][]*Task[int] // by worker
	alive  map[int]bool         // has a process
	rising map[int]bool
	owed   map[int]bool        // was retired or killed: its end has to be told
	killed map[*Task[int]]bool // their process is ended, where each has one
	unread [][]*Task[int]

	items, offered int
	seen           []int
	lastOrder      int
	order          []int // of the items, as they were offered or taken again
	orders         int
	tried          []int // tries before it was taken again
}

func FuzzPlan(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) { playRandom(t, seed) })
}

func TestPlanKeepsItsPromises(t *testing.T) {
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	for range rounds {
		seed := rand.Uint64()
		playRandom(t, seed)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func playRandom(t *testing.T, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	r := &random{
		t: t, rnd: rnd, now: time.Unix(0, 0), items: rnd.IntN(200), lastOrder: -1,
		tasks: map[int][]*Task[int]{}, alive: map[int]bool{}, rising: map[int]bool{}, owed: map[int]bool{},
		killed: map[*Task[int]]bool{},
	}
	r.opt = Options{
		Workers: 1 + rnd.IntN(4), PerItem: rnd.IntN(3) == 0, Ahead: rnd.IntN(2) == 0, Chunk: rnd.IntN(5), Ordered: rnd.IntN(2) == 0,
		Retries: rnd.IntN(3), Backoff: time.Millisecond, MaxTasks: rnd.IntN(4), Window: 8 + rnd.IntN(100),
	}
	if rnd.IntN(4) == 0 {
		r.opt.Timeout = Timeout{Fixed: 20 * time.Millisecond}
	}
	if rnd.IntN(4) == 0 {
		r.opt.Timeout = Timeout{Percent: 300}
	}
	if rnd.IntN(3) == 0 {
		r.opt.Halt = Halt{Now: rnd.IntN(2) == 0, Of: HaltOf(1 + rnd.IntN(3)), N: 1 + rnd.Uint64N(30)}
	}
	if rnd.IntN(5) == 0 {
		r.opt.Delay = time.Millisecond
	}
	r.seen, r.order, r.tried = make([]int, r.items), make([]int, r.items), make([]int, r.items)
	r.p = New[int](r.opt)
	steps := 0
	for ; !r.p.Over(); steps++ {
		if steps > 200_000 {
			t.Fatalf("it does not end: %+v, %+v", r.opt, r.p.Counts())
		}
		r.step()
		if t.Failed() {
			return
		}
	}
	r.atTheEnd()
}

func (r *random) step() {
	if held := r.p.Counts().Held; held > r.opt.Window {
		r.t.Errorf("%d items are held, the window is %d", held, r.opt.Window)
	}
	for n := r.p.Room(); n > 0 && r.offered < r.items && r.rnd.IntN(8) > 0; n-- {
		r.p.Offer(r.offered, r.rnd.IntN(10))
		r.order[r.offered] = r.orders
		r.orders++
		r.offered++
	}
	if r.offered == r.items && r.rnd.IntN(3) == 0 {
		r.p.Close()
	}
	if r.rnd.IntN(200) == 0 {
		r.p.Resize(1 + r.rnd.IntN(5))
	}
	if r.rnd.IntN(300) == 0 {
		r.p.Pause(!r.p.Paused())
	}
	if r.rnd.IntN(1000) == 0 {
		r.p.Stop(r.rnd.IntN(2) == 0)
	}
	if r.rnd.IntN(300) == 0 {
		r.p.Skip(r.rnd.IntN(r.p.Workers()))
	}
	did := false
	for range 1 + r.rnd.IntN(6) {
		a, ok := r.p.Next(r.now)
		if !ok {
			break
		}
		did = true
		r.act(a)
	}
	did = r.happen() || did
	if !did {
		r.wait()
	}
}

// wait: nothing can happen but by time, the source, or whoever paused it.
func (r *random) wait() {
	if r.p.Paused() {
		r.p.Pause(false)
		return
	}
	if wake := r.p.Wake(); !wake.IsZero() {
		if wake.After(r.now) {
			r.now = wake
		}
		return
	}
	if r.offered < r.items && r.p.Room() > 0 || r.offered == r.items || r.p.Over() {
		return // the source's turn
	}
	r.t.Errorf("everybody waits: %+v, %+v, room %d, tasks %v", r.opt, r.p.Counts(), r.p.Room(), r.tasks)
}

func (r *random) act(a Action[int]) {
	switch a.Kind {
	case Start:
		if r.alive[a.Worker] || r.opt.PerItem {
			r.t.Errorf("worker %d is started twice", a.Worker)
		}
		r.alive[a.Worker], r.rising[a.Worker] = true, true
	case Send:
		if !r.opt.PerItem && (!r.alive[a.Worker] || r.rising[a.Worker]) {
			r.t.Errorf("worker %d is sent something, and is not ready", a.Worker)
		}
		r.tasks[a.Worker] = append(r.tasks[a.Worker], a.Tasks...)
		most := 1
		if o := r.opt; o.Ahead && o.Delay == 0 && o.Timeout == (Timeout{}) && o.Halt == (Halt{}) {
			most = 2
		}
		if r.opt.PerItem && len(r.tasks[a.Worker]) > most {
			r.t.Errorf("worker %d has %d items, %d at a time is right", a.Worker, len(r.tasks[a.Worker]), most)
		}
	case Retire:
		if len(r.tasks[a.Worker]) > 0 {
			r.t.Errorf("worker %d is retired with items", a.Worker)
		}
		r.owed[a.Worker] = true
	case Kill:
		r.owed[a.Worker] = !r.opt.PerItem
		whom := a.Tasks
		if whom == nil {
			whom = r.tasks[a.Worker]
		}
		for _, t := range whom {
			r.killed[t] = true
		}
	case Deliver:
		r.deliver(a.Tasks)
	}
}

func (r *random) deliver(tasks []*Task[int]) {
	for _, t := range tasks {
		r.seen[t.Item]++
		if r.opt.Ordered && r.order[t.Item] <= r.lastOrder {
			r.t.Errorf("item %d comes out of order", t.Item)
		}
		r.lastOrder = r.order[t.Item]
		if t.Verdict == Pending {
			r.t.Errorf("item %d is delivered without a verdict", t.Item)
		}
		if t.Verdict.Failure() && t.Tries-r.tried[t.Item] <= r.opt.Retries && !r.p.Stopped() {
			r.t.Errorf("item %d failed for good after %d tries of %d", t.Item, t.Tries, r.opt.Retries+1)
		}
	}
	if r.rnd.IntN(2) == 0 {
		r.p.Release(tasks)
	} else {
		r.unread = append(r.unread, tasks)
	}
	for _, t := range tasks { // a person has some tried again
		if t.Verdict.Failure() && r.rnd.IntN(2) == 0 && r.p.Again(t.Item, 1, t.Tries) {
			r.seen[t.Item]--
			r.order[t.Item], r.tried[t.Item] = r.orders, t.Tries
			r.orders++
		}
	}
}

// happen lets something happen outside; it reports false if nothing can.
func (r *random) happen() bool {
	if len(r.unread) > 0 && r.rnd.IntN(3) == 0 {
		r.p.Release(r.unread[0])
		r.unread = r.unread[1:]
		return true
	}
	for i := range r.p.Workers() {
		if r.rnd.IntN(2) == 0 {
			continue
		}
		r.now = r.now.Add(time.Duration(r.rnd.IntN(3000)) * time.Microsecond)
		if r.worker(i) {
			return true
		}
	}
	waits := len(r.unread) > 0
	for i := range r.p.Workers() {
		waits = waits || r.owed[i] || r.rising[i] || len(r.tasks[i]) > 0
	}
	return waits
}

func (r *random) worker(i int) bool {
	tasks := r.tasks[i]
	if r.opt.PerItem {
		if len(tasks) == 0 {
			return false
		}
		r.answer(i, r.rnd.IntN(len(tasks)))
		return true
	}
	switch {
	case r.owed[i] || r.alive[i] && r.rnd.IntN(30) == 0: // it ends
		on := r.rnd.IntN(len(tasks)+3) - 2
		r.owed[i], r.alive[i], r.rising[i], r.tasks[i] = false, false, false, nil
		r.p.Ended(r.now, i, on)
	case r.rising[i]:
		r.rising[i] = false
		r.p.Ready(i)
	case len(tasks) > 0:
		r.answer(i, r.rnd.IntN(len(tasks)))
	default:
		return false
	}
	return true
}

func (r *random) answer(i, at int) {
	t := r.tasks[i][at]
	r.tasks[i] = append(append([]*Task[int](nil), r.tasks[i][:at]...), r.tasks[i][at+1:]...)
	v := OK
	if r.rnd.IntN(4) == 0 || r.killed[t] && r.rnd.IntN(2) == 0 {
		v = Failed
	}
	delete(r.killed, t)
	r.p.Done(r.now, i, t, v, -1, r.rnd.IntN(20))
}

func (r *random) atTheEnd() {
	c := r.p.Counts()
	var delivered uint64
	for item, n := range r.seen {
		if n > 1 {
			r.t.Errorf("item %d was delivered %d times", item, n)
		}
		delivered += uint64(n)
	}
	if delivered+c.Unfinished != c.Offered || c.Offered != uint64(r.offered) {
		r.t.Errorf("%d items were offered, %d delivered, %d unfinished; the plan says %+v", r.offered, delivered, c.Unfinished, c)
	}
	if delivered != c.Done() {
		r.t.Errorf("%d were delivered, %+v", delivered, c)
	}
	if c.Unfinished > 0 && !r.p.Stopped() {
		r.t.Errorf("items are unfinished, and nobody stopped it: %+v", c)
	}
	if !r.p.Stopped() && delivered != uint64(r.items) {
		r.t.Errorf("%d of %d items were delivered", delivered, r.items)
	}
	if c.Running != 0 || c.Waiting != 0 || c.Unsorted != 0 {
		r.t.Errorf("it is over, and there are %+v", c)
	}
}

// BenchmarkPlan is what the scheduler costs an item.
func BenchmarkPlan(b *testing.B) {
	for _, bench := range []struct {
		name string
		opt  Options
	}{{"chunks", Options{Workers: 2, Chunk: 256}}, {"ordered", Options{Workers: 2, Chunk: 256, Ordered: true}}, {"one by one", Options{Workers: 2, PerItem: true}}} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			p := New[int](bench.opt)
			now := time.Unix(0, 0)
			for done := 0; done < b.N; {
				for n := p.Room(); n > 0; n-- {
					p.Offer(0, 8)
				}
				a, ok := p.Next(now)
				if !ok {
					b.Fatal("it hangs")
				}
				switch a.Kind {
				case Start:
					p.Ready(a.Worker)
				case Send:
					now = now.Add(time.Microsecond)
					for _, t := range a.Tasks {
						p.Done(now, a.Worker, t, OK, time.Microsecond, 8)
					}
				case Deliver:
					done += len(a.Tasks)
					p.Release(a.Tasks)
				}
			}
		})
	}
}
