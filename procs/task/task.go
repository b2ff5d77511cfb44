// Package task maps a program or a function over many items with a few workers.
// What is decided (who gets which item, retries, limits, order) is decided in
// [example.com/muster/procs/task/plan]; here are its edges: where items come
// from ([Source]), who works on them (a process for each item, or persistent
// workers that are fed over pipes: crew), and where results go ([Sink]).
//
//	Source -> Map.Run (owner of the plan) -> crew -> processes, through spawn.Guard
//	                  |  ^
//	                  v  | released
//	                 Sink
//
// Start reading at [New] and [Map.Run]. One goroutine owns the plan; the source, the
// sink and each worker have one of their own and talk to it over channels.
// Memory is bounded by the plan's window, as what has been taken from the source
// counts until the sink has written its result.
package task

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/procs/task/plan"
)

// Task is an item with what the plan knows of it.
type Task = plan.Task[*Item]

// Config is what a map is made of.
type Config struct {
	Plan   plan.Options
	Source Source
	// Identity is the command or function, as far as it makes one item's result
	// another than another's: keys of items are made of it.
	Identity []string
	// Work starts the workers.
	Work Work
	Sink Sink
	// Done is what an earlier run has done; nil if there was none.
	Done *plan.Set
	// DoneKey returns an item's key in Done; nil if that is the item's own.
	DoneKey func(*Item) plan.Key
	// Notice tells a person something, in one line; may be nil.
	Notice func(text string)
	// Interactive says that a person looks on: what failed can be tried again
	// ([Map.Retry]), so Run goes on when all is done, until Finish or Stop is
	// called, and the progress tells of items one by one.
	Interactive bool
}

// Work is a kind of work; see [Command], [Persistent] and [Python].
type Work interface {
	// crew returns who does it. events may be posted until close has returned.
	crew(post func(event)) (crew, error)
	// perItem says that each item has a process of its own, and ahead that one
	// more may be sent meanwhile.
	perItem() (is, ahead bool)
}

// crew carries out what a plan asks of workers. Its methods do not wait.
type crew interface {
	start(worker int)
	send(worker int, tasks []*Task)
	retire(worker int)
	// kill ends a worker's process, of some tasks or (nil) of all that it has: at
	// once, or first asking it to.
	kill(worker int, tasks []*Task, now bool)
	// pid is that of the worker's process, 0 if it has none.
	pid(worker int) int
	// close ends the crew's goroutines, once nothing of it runs.
	close()
}

// event is what a crew tells the owner of the plan.
type event struct {
	worker  int
	kind    eventKind
	answers []answer
	on      int    // ended: the task that it was on, as plan.Ended has it
	why     string // ended: how; notice: what
	err     error  // broken
}

type eventKind uint8

const (
	isReady eventKind = iota + 1
	isAnswers
	isEnded
	isBroken // no worker can be had, for err
	isNotice // a person is to know why
)

// answer is what came of one task, whose Item.Out has been filled in.
type answer struct {
	task    *Task
	verdict plan.Verdict
	bytes   int
}

// Sink takes results. It is used by one goroutine.
type Sink interface {
	// Tell takes tasks that have come to their end. It may keep nothing of them.
	Tell(tasks []*Task) error
	// Flush is called when no more is there for the moment.
	Flush() error
	// Close is called once, last.
	Close() error
}

// Map is one map over items. Make one with [New], call [Map.Run] once; all other
// methods may be called from any goroutine.
type Map struct {
	cfg   Config
	plan  *plan.Plan[*Item]
	crew  crew
	keyer *keyer

	commands chan func()
	ended    chan struct{}

	postMu sync.Mutex
	posted []event
	wake   chan struct{}

	progress atomic.Pointer[Progress]
	watch    *watch
	size     uint64 // of the input, if sized says that it is known
	sized    bool

	// What follows is the owner's.
	pending  []Item // read, and not offered
	inputErr error  // of the source; io.EOF
	seq      uint64
	resumed  uint64 // items that an earlier run had done
	toSink   []telling
	sends    [][]*Task // by worker: gathered, and not sent
	// receivers are the workers that something is gathered for.
	receivers []int
	err       error // what ended it before its time
	killed    bool  // and without grace
	lastEnd   string
	now       time.Time
	failures  failures
	finish    bool      // nobody will want anything any more
	frozen    time.Time // since when all stands still; zero if it does not
	over      time.Time // since when all is done; zero if it is not
}

// New returns a map that has not begun.
func New(cfg Config) *Map {
	if cfg.Notice == nil {
		cfg.Notice = func(string) {}
	}
	cfg.Plan.PerItem, cfg.Plan.Ahead = cfg.Work.perItem()
	cfg.Plan.Ahead = cfg.Plan.Ahead && !cfg.Interactive // what a person pauses begins nothing more
	// Of two items at a place each has two files here, and the one that waits three in the guard.
	cfg.Plan.Ahead = cfg.Plan.Ahead && 8*cfg.Plan.Workers <= descriptors()
	if cfg.Plan.PerItem && cfg.Plan.Window == 0 {
		cfg.Plan.Window = 512 // each may hold files open
	}
	m := &Map{
		cfg: cfg, plan: plan.New[*Item](cfg.Plan), keyer: newKeyer(cfg.Identity),
		commands: make(chan func()), ended: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	if m.size, m.sized = sizeOf(cfg.Source); cfg.Done != nil {
		m.sized = false // some of them have been done
	}
	m.watch = newWatch(time.Now())
	if cfg.Interactive {
		m.watch.looks, m.failures.items = &looks{left: resultsAtOnce}, map[uint64]failed{}
	}
	m.progress.Store(&Progress{Started: m.watch.started})
	return m
}

// post hands an event to the owner. It never waits: there are no more of them
// than the plan's window.
func (m *Map) post(e event) {
	m.postMu.Lock()
	m.posted = append(m.posted, e)
	m.postMu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// Stop ends the map before its time: nothing more is begun, and what runs is
// asked to end, or with now killed.
func (m *Map) Stop(now bool) {
	m.do(func() {
		m.plan.Stop(true)
		m.finish, m.frozen = true, time.Time{} // what stands still is to end too
		if now && !m.killed {
			m.killed = true
			for i := range m.plan.Workers() {
				m.crew.kill(i, nil, true)
			}
		}
	})
}

// Resize changes how many workers work, by a number that may be negative, and
// returns how many there are then.
func (m *Map) Resize(by int) int {
	var size int
	m.do(func() {
		m.plan.Resize(m.plan.Size() + by)
		size = m.plan.Size()
	})
	return size
}

// Pause keeps items from being begun, or lets them; those that run go on.
func (m *Map) Pause(on bool) { m.do(func() { m.plan.Pause(on) }) }

// Skip ends an item, by its Seq, that a worker is on, and leaves it out. It reports
// false if the worker is not on that one.
func (m *Map) Skip(worker int, seq uint64) (did bool) {
	m.do(func() {
		if worker < 0 || worker >= m.plan.Workers() {
			return
		}
		if t := m.plan.Worker(worker).Task; t != nil && t.Item.Seq == seq {
			did = m.plan.Skip(worker)
		}
	})
	return did
}

// do has the owner call f; it returns at once if the map has ended.
func (m *Map) do(f func()) {
	done := make(chan struct{})
	select {
	case m.commands <- func() { f(); close(done) }:
		<-done
	case <-m.ended:
	}
}

// Run works until all items are done, [Map.Stop] is called or ctx ends; all of these
// return nil. An error says that the source or the sink failed, or that no worker can
// be had; items that failed are no error, see [Map.Progress]. A source that waits is left behind, waiting.
func (m *Map) Run(ctx context.Context) error {
	defer close(m.ended)
	c, err := m.cfg.Work.crew(m.post)
	if err != nil {
		return errors.Join(err, m.cfg.Sink.Close())
	}
	m.crew = c
	batches, quit := make(chan batch), make(chan struct{})
	go m.read(batches, quit) // ends with quit, or is left waiting for input
	tell, told, sunk := make(chan telling), make(chan []*Task, 1), make(chan error, 1)
	go func() { sunk <- m.sink(tell, told) }()
	m.loop(ctx, batches, tell, told)
	close(quit)
	close(tell)
	for range told { // what was written last
	}
	if err := <-sunk; err != nil && m.err == nil {
		m.err = err
	}
	m.crew.close()
	m.observe(time.Now(), true)
	switch {
	case m.err != nil:
		return m.err
	case m.plan.Broken() != "":
		return fmt.Errorf("%s: the last one, %s", m.plan.Broken(), m.lastEnd)
	}
	return nil
}

// batch is what the source returned.
type batch struct {
	items []Item
	err   error
}

func (m *Map) read(to chan<- batch, quit <-chan struct{}) {
	for {
		items, err := m.cfg.Source.Next()
		select {
		case to <- batch{items, err}:
		case <-quit:
			return
		}
		if err != nil {
			return
		}
	}
}

// flushEvery is the least time between two flushes: results that come faster are
// written together.
const flushEvery = 2 * time.Millisecond

// sink writes what it gets and gives it back. After an error it writes nothing.
func (m *Map) sink(tell <-chan telling, told chan<- []*Task) error {
	defer close(told)
	var failed error
	try := func(err error) {
		if failed = err; err != nil {
			m.post(event{kind: isBroken, err: err})
		}
	}
	due := time.NewTimer(0) // when what has been told is flushed
	<-due.C
	defer due.Stop()
	var flushed time.Time
	for unflushed := false; ; {
		select {
		case t, more := <-tell:
			if !more {
				return errors.Join(failed, m.cfg.Sink.Close())
			}
			if failed == nil {
				try(m.tellSink(t))
			}
			for _, t := range t.tasks {
				t.Item.Out.Stdout.Release()
				t.Item.Out.Stderr.Release()
			}
			told <- t.tasks
			if !unflushed {
				unflushed = true
				due.Reset(time.Until(flushed.Add(flushEvery)))
			}
		case now := <-due.C:
			unflushed, flushed = false, now
			if failed == nil {
				try(m.cfg.Sink.Flush())
			}
		}
	}
}

// observeEvery is how often the progress is put together.
const observeEvery = 100 * time.Millisecond

func (m *Map) loop(ctx context.Context, batches <-chan batch, tell chan<- telling, told <-chan []*Task) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	ticker := time.NewTicker(observeEvery)
	defer ticker.Stop()
	cancelled := ctx.Done()
	for {
		m.now = time.Now()
		m.feed()
		m.again()
		if m.frozen.IsZero() {
			m.act()
		}
		if m.plan.Over() && len(m.toSink) == 0 && len(m.failures.queued) == 0 && !m.lingers() {
			return
		}
		if wake := m.plan.Wake(); !wake.IsZero() && m.frozen.IsZero() {
			timer.Reset(max(0, wake.Sub(m.now)))
		} else {
			timer.Reset(time.Hour)
		}
		out, in := tell, batches
		var next telling
		if len(m.toSink) > 0 {
			next = m.toSink[0]
		} else {
			out = nil
		}
		if len(m.pending) > 0 || m.inputErr != nil || m.plan.Stopped() {
			in = nil
		}
		select {
		case out <- next:
			m.toSink = m.toSink[1:]
		case tasks := <-told:
			m.plan.Release(tasks)
		case b := <-in:
			m.pending, m.inputErr = b.items, b.err
		case <-m.wake:
			m.take()
		case f := <-m.commands:
			m.now = time.Now()
			f()
		case <-timer.C:
		case <-ticker.C:
			m.observe(m.now, false)
		case <-cancelled:
			cancelled, m.finish = nil, true
			m.plan.Stop(true)
		}
	}
}

// feed offers what was read, as far as there is room, and what an earlier run
// has not done.
func (m *Map) feed() {
	for len(m.pending) > 0 {
		read := &m.pending[0]
		if m.plan.Room() == 0 {
			return
		}
		m.pending = m.pending[1:]
		m.seq++
		read.Seq = m.seq
		read.Key = m.keyer.key(read)
		if m.cfg.Done != nil && m.cfg.Done.Take(m.doneKey(read)) {
			m.resumed++
			continue
		}
		// A copy: what was read together must not live as long as any of it.
		it := &Item{Seq: read.Seq, Text: strings.Clone(read.Text), Args: read.Args, Key: read.Key}
		size := len(it.Text)
		for i, arg := range it.Args {
			it.Args[i] = strings.Clone(arg)
			size += len(arg)
		}
		m.plan.Offer(it, size)
	}
	m.pending = nil
	switch {
	case m.inputErr == nil:
	case errors.Is(m.inputErr, io.EOF):
		m.plan.Close()
	case m.err == nil:
		m.err = m.inputErr
		m.plan.Stop(true)
	}
}

func (m *Map) doneKey(it *Item) plan.Key {
	if m.cfg.DoneKey != nil {
		return m.cfg.DoneKey(it)
	}
	return it.Key
}

// act does what the plan wants. What a worker gets without anything else in
// between is sent at once: handing over costs more than a short item.
func (m *Map) act() {
	defer m.send()
	for {
		a, ok := m.plan.Next(m.now)
		if !ok {
			return
		}
		if a.Kind != plan.Send && a.Kind != plan.Deliver {
			m.send() // first: what the plan wants of a worker, it wants in its order
		}
		switch a.Kind {
		case plan.Start:
			m.crew.start(a.Worker)
		case plan.Send:
			m.gather(a.Worker, a.Tasks)
		case plan.Retire:
			m.crew.retire(a.Worker)
		case plan.Kill:
			m.crew.kill(a.Worker, a.Tasks, m.killed)
		case plan.Deliver:
			for _, t := range a.Tasks {
				m.watch.delivered(t)
				if t.Verdict.Failure() && m.cfg.Interactive {
					m.failures.keep(t, m.now)
				}
			}
			m.deliver(a.Tasks)
		}
	}
}

// gather keeps what a worker is to get until send. Workers that are replaced
// after so many items take them in the portions that the plan has counted.
func (m *Map) gather(worker int, tasks []*Task) {
	for len(m.sends) <= worker {
		m.sends = append(m.sends, nil)
	}
	if len(m.sends[worker]) == 0 {
		m.receivers = append(m.receivers, worker)
	}
	m.sends[worker] = append(m.sends[worker], tasks...)
	if m.cfg.Plan.MaxTasks > 0 || m.cfg.Plan.PerItem {
		m.send()
	}
}

// send hands over what was gathered. The crew keeps the slices.
func (m *Map) send() {
	for _, worker := range m.receivers {
		m.crew.send(worker, m.sends[worker])
		m.sends[worker] = nil
	}
	m.receivers = m.receivers[:0]
}

// take hands the plan what has happened at the workers.
func (m *Map) take() {
	m.postMu.Lock()
	events := m.posted
	m.posted = nil
	m.postMu.Unlock()
	m.now = time.Now()
	for i := range events {
		e := &events[i]
		switch e.kind {
		case isReady:
			m.plan.Ready(e.worker)
		case isAnswers:
			for _, a := range e.answers {
				m.plan.Done(m.now, e.worker, a.task, a.verdict, a.task.Item.Out.Took, a.bytes)
			}
		case isEnded:
			if !m.plan.Stopped() { // after that they are ended by us
				m.lastEnd = e.why
			}
			m.plan.Ended(m.now, e.worker, e.on)
		case isNotice:
			m.cfg.Notice(e.why)
		case isBroken:
			if m.err == nil {
				m.err = e.err
			}
			m.plan.Break(e.err.Error())
		}
	}
}
