// Package plan decides how many items go through a few workers: which worker
// gets which items and when, what follows from a failure, a death or a limit of
// time, and in which order results are told. It is pure: items come in through
// [Plan.Offer], what happens at the workers through [Plan.Done] and
// [Plan.Ended], the clock with each call; [Plan.Next] says what is to be done.
//
//	source --Offer--> queue --Send--> worker --Done--> order --Deliver--> results
//	                    ^               |
//	                    +---- retry ----+  backoff; a dead worker's other items
//
// Promises: each item that was offered is delivered exactly once, with its
// verdict, or counted in [Counts.Unfinished] because the plan was stopped; no
// more than [Options.Window] items are held at a time, however many there are;
// and while an item is held, either Next says something, or a worker owes an
// answer, or [Plan.Wake] names a time.
//
// Start at [New]. Nothing here is safe for several goroutines: a plan has one owner.
package plan

import "time"

// Options say how the items are worked on.
type Options struct {
	// Workers is how many work at a time, at least 1; [Plan.Resize] changes it.
	Workers int
	// PerItem says that a worker is nothing but a place: each item gets a process
	// of its own, there is nothing to start or retire, and no chunks are made.
	PerItem bool
	// Ahead, with PerItem, gives a place one short item more than the one that runs
	// there, to begin when that has ended. With a Delay, a Timeout or a Halt none is
	// given: it may depend on what runs whether there is a next one.
	Ahead bool
	// Chunk is how many items a worker is sent at a time; 0 finds out: few long
	// ones, or many short ones.
	Chunk int
	// Ordered delivers in the order of the items, else as they are completed.
	Ordered bool
	// Retries is how often an item that fails is tried again; below 0 always.
	Retries int
	// Backoff is the wait before the first retry; it doubles up to BackoffMax.
	Backoff, BackoffMax time.Duration
	// Timeout ends an item that takes longer. Zero: none does.
	Timeout Timeout
	// Halt stops the whole early.
	Halt Halt
	// Delay is the least time between two items' starts.
	Delay time.Duration
	// MaxTasks is how many items a worker's process is given; 0 is no limit.
	MaxTasks int
	// Recycles says that a worker sees to MaxTasks by itself: it is given no chunk
	// beyond it, and then goes on with another process.
	Recycles bool
	// Window is how many items are held at the most, HeldBytes how large they and
	// their results may grow before no more are taken. 0 is a default for both.
	Window    int
	HeldBytes int64
}

// Defaults of the options.
const (
	DefaultWindow     = 1 << 15
	DefaultHeldBytes  = 64 << 20
	DefaultBackoff    = 100 * time.Millisecond
	DefaultBackoffMax = 30 * time.Second
)

// Timeout is how long an item may take: Fixed, or Percent of the median of
// those that have succeeded, as soon as there are three of them.
type Timeout struct {
	Fixed   time.Duration
	Percent int
}

// medianOf is how many have to have succeeded for a median of use.
const medianOf = 3

// Verdict is how an item ended.
type Verdict uint8

// The verdicts. Only OK is a success; Failed, TimedOut and Lost are failures,
// and are retried as far as the options say.
const (
	Pending  Verdict = iota // it has not
	OK                      // its result is there
	Failed                  // the program or function failed on it
	TimedOut                // it was ended because it took too long
	Lost                    // the worker ended while it was on it
	Skipped                 // somebody asked for it to be left out
)

// String is the verdict's word in JSON.
func (v Verdict) String() string {
	return [...]string{"pending", "ok", "failed", "timeout", "lost", "skipped", "", ""}[v&7]
}

// Failure reports whether the verdict counts as a failure.
func (v Verdict) Failure() bool { return v == Failed || v == TimedOut || v == Lost }

// Task is an item on its way. The plan owns it from [Plan.Offer] to
// [Plan.Release]; its fields may be read meanwhile.
type Task[T any] struct {
	Item T
	// Tries counts the attempts that have ended.
	Tries int
	// Verdict is that of the last attempt.
	Verdict Verdict
	// Worker is who has or had it, from 0.
	Worker int
	// Began is when the last attempt was begun, as far as is known, Took how long
	// it lasted.
	Began time.Time
	Took  time.Duration

	order uint64 // among all that were offered, from 0
	bytes int64
	due   time.Time // of the next attempt
	chunk *chunk
	close uint8 // deaths of workers that had it next
	// earlier are the tries before it was taken by Again.
	earlier int
}

// ActionKind says what an [Action] asks for.
type ActionKind uint8

// The kinds of action.
const (
	// Start: a process for the worker is to be started; answer with Ready, or
	// with Ended if it cannot be.
	Start ActionKind = iota + 1
	// Send: the worker gets the tasks, in this order. Answer each with Done.
	Send
	// Retire: the worker will get nothing more; it is to end by itself. Answer
	// with Ended.
	Retire
	// Kill: the worker's process is to be ended now, for Why. Answer with Ended, or
	// with Done if each item has its process.
	Kill
	// Deliver: the tasks' results are to be told, in this order, then released.
	Deliver
)

// Action is something that has to be done outside.
type Action[T any] struct {
	Kind   ActionKind
	Worker int
	// Tasks are valid until the next call of Next for Deliver, and the caller's
	// to keep for Send. For Kill they are those that it is for; nil: all that the
	// worker has.
	Tasks []*Task[T]
	// Why a worker is killed.
	Why Reason
}

// Reason says why a worker is ended before its time.
type Reason uint8

// The reasons.
const (
	NoReason   Reason = iota
	ForTimeout        // its item took too long
	ForSkip           // its item is skipped
	ForHalt           // the whole is stopped at once
)

// Counts are how many items are where.
type Counts struct {
	Offered  uint64 // taken from the source
	OK       uint64
	Failed   uint64 // finally, all kinds of failure
	Skipped  uint64
	Retried  uint64 // attempts that failed and were tried again
	Deaths   uint64 // of workers that nobody had asked to end
	Running  int    // with a worker
	Waiting  int    // queued, or backing off
	Held     int    // offered and not released
	Unsorted int    // done, and waiting for an earlier one to be delivered
	// Unfinished counts items that were taken and will not be worked on, as the
	// plan was stopped.
	Unfinished uint64
}

// Done is how many items have come to an end.
func (c Counts) Done() uint64 { return c.OK + c.Failed + c.Skipped }

// Plan is the state of one map. Make one with [New].
type Plan[T any] struct {
	opt     Options
	counts  Counts
	held    int64 // bytes
	closed  bool  // the source has no more
	paused  bool
	stopped bool // nothing more is begun
	killing bool // and what runs is ended
	broken  string
	total   uint64 // how many items there will be, once the plan is closed

	queue   deque[*Task[T]]
	retries retryHeap[T]
	done    []*Task[T] // to be delivered
	order   order[T]
	offered uint64

	workers []*worker[T]
	size    int // of those, how many may work; the others drain
	live    int // have a process, or are about to
	rising  int // of those, are not ready yet
	busy    int // have tasks
	ready   deque[int]
	kills   []Action[T] // to be told

	nextStart time.Time // because of Delay
	checkAt   time.Time // when a timeout may be over; zero: none
	startAt   time.Time // no worker is started before
	fruitless int       // ends of workers in a row without any item done

	chunks chunks
	times  Histogram // of items that have succeeded
}

// New returns a plan without any items.
func New[T any](o Options) *Plan[T] {
	o.Workers = max(o.Workers, 1)
	if o.Window <= 0 {
		o.Window = DefaultWindow
	}
	if o.HeldBytes <= 0 {
		o.HeldBytes = DefaultHeldBytes
	}
	if o.Backoff <= 0 {
		o.Backoff = DefaultBackoff
	}
	if o.BackoffMax < o.Backoff {
		o.BackoffMax = max(DefaultBackoffMax, o.Backoff)
	}
	p := &Plan[T]{opt: o, chunks: chunks{fixed: o.Chunk}}
	if o.PerItem {
		p.chunks.fixed, p.chunks.single = 1, true
		p.chunks.ahead = o.Ahead && o.Delay == 0 && o.Timeout == Timeout{} && o.Halt.Of == HaltNever
	}
	if o.Ordered {
		p.order.init(o.Window)
	}
	p.Resize(o.Workers)
	return p
}

// Room is how many items may be offered now.
func (p *Plan[T]) Room() int {
	if p.closed || p.stopped || p.held >= p.opt.HeldBytes {
		return 0
	}
	waiting := p.queue.len() + p.retries.len()
	ahead := max(64, 2*p.size*p.chunks.depth()*p.chunks.size(p.size, 0, false))
	return max(0, min(ahead-waiting, p.opt.Window-p.counts.Held, p.order.room()))
}

// Offer takes an item, which has so many bytes. Call it only while there is room.
func (p *Plan[T]) Offer(item T, bytes int) {
	t := &Task[T]{Item: item, bytes: int64(bytes), order: p.offered, Worker: -1}
	p.offered++
	p.order.end = p.offered
	p.counts.Offered++
	p.counts.Held++
	p.held += t.bytes
	if p.stopped {
		p.drop(t)
		return
	}
	p.counts.Waiting++
	p.queue.pushBack(t)
}

// Close says that no more items will be offered. What is known of their number
// is final.
func (p *Plan[T]) Close() {
	p.closed = true
	p.total = p.counts.Offered
	p.judgeHalt()
}

// Release gives back what was delivered: its results are told, and no memory
// of it is needed any more. Until then it counts against the window.
func (p *Plan[T]) Release(tasks []*Task[T]) {
	for _, t := range tasks {
		p.counts.Held--
		p.held -= t.bytes
	}
}

// Counts returns how many items are where.
func (p *Plan[T]) Counts() Counts {
	c := p.counts
	c.Unsorted = p.order.waiting
	return c
}

// Total returns how many items there are or will be; it is false while that is
// not known.
func (p *Plan[T]) Total() (n uint64, known bool) { return p.total, p.closed }

// Times returns how long the items took that have succeeded. It is not to be
// changed.
func (p *Plan[T]) Times() *Histogram { return &p.times }

// ChunkSize is how many items a worker gets at a time now.
func (p *Plan[T]) ChunkSize() int { return p.chunks.size(p.size, 0, false) }

// ItemTime is what an item takes of a worker's time, as measured lately, the
// handing over included; 0 while nothing is known.
func (p *Plan[T]) ItemTime() time.Duration { return p.chunks.perItem }

// Broken says why no worker can be had, "" if that is not so. The plan is
// stopped then.
func (p *Plan[T]) Broken() string { return p.broken }

// Stopped reports whether nothing more is begun, by Halt, Stop or because of
// Broken.
func (p *Plan[T]) Stopped() bool { return p.stopped }

// Over reports whether all is done: no more items, none held, no worker left.
func (p *Plan[T]) Over() bool {
	return (p.closed || p.stopped) && p.counts.Held == 0 && p.live == 0 && len(p.kills) == 0
}

// Idle reports whether workers wait for items: all that came are with workers
// or done, and more may come.
func (p *Plan[T]) Idle() bool {
	return !p.closed && !p.stopped && !p.paused && p.queue.len() == 0 && p.busy < p.size
}

// Pause keeps items from being begun, or lets them.
func (p *Plan[T]) Pause(on bool) { p.paused = on }

// Paused reports whether Pause is in force.
func (p *Plan[T]) Paused() bool { return p.paused }

// Size is how many workers may work at a time.
func (p *Plan[T]) Size() int { return p.size }
