package session

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/procs"
	"example.com/muster/profiling/crash"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/pyagent"
)

// From a death to its report: whoever sees a process end, or hears of an
// exception, calls one of the methods below, which note what will be gone in a
// moment and never wait. One goroutine (crashLog.run) then reads the rest from
// rings that still hold it, has package crash judge, and files the report
// (crashes_book.go). Words in the output of processes that go on are found by
// another one (crashes_scan.go).

// incident is something that may be a crash.
type incident struct {
	run  procs.Run
	spec procs.Spec // as it was expanded for the slot; empty where not known
	who  crash.Process
	exit *procs.Exit // nil: the process goes on
	at   time.Time
	told []tale        // what an agent or the output has said, of who has not ended
	view *graph.View   // of the locks, at the end
	due  time.Time     // when all that it has printed has arrived
	late time.Duration // how long was waited for whoever may have asked for it
}

// tale is what somebody said of an exception.
type tale struct {
	words   crash.Words
	task    string
	handled *bool
	lost    string              // what became of the result instead, as a note; "" if nothing did
	agent   pyagent.ExceptionID // zero if the output tells it
}

// How long is waited for what belongs to an end.
const (
	// printedWithin is how soon the last words of a descendant, which are in
	// the kernel's buffers by its end, have been read.
	printedWithin = 40 * time.Millisecond
	// endsWithin is how soon a process ends after an exception that ends it; one
	// that lives on has lost a thread only, be it its main thread.
	endsWithin = 3 * time.Second
	// sameStory is how far apart two tellings of one exception are at most.
	sameStory = 10 * time.Second
)

// maxPending bounds the incidents that wait for their report: so many ends in
// so short a time are of one kind, and those that are too many are counted.
const maxPending = 20_000

// crashLog turns ends into reports, off the path of the restart.
type crashLog struct {
	session *Session

	mu      sync.Mutex
	pending []incident
	lost    int // incidents that were too many
	book    crashBook
	wake    chan struct{}
	ends    []badEnd // of descendants, oldest first; see told.go
	version atomic.Uint64
	listed  uint64 // the version of the two below
	reports []*crash.Report
	rows    []crash.Row

	// What follows is the goroutine's alone.
	waiting []incident // due later
	recent  []filed    // what may be told again, in other words
	agent   listener
	parent  parentStack
	kept    *keeper // nil: nothing is kept on disk
}

// filed is a report that was made a moment ago.
type filed struct {
	seq     int
	run     procs.Run
	who     crash.Process
	thread  string
	lives   bool
	formats []crash.Format // who has told of it
	what    crash.Exception
	words   *crash.Words // of which that is the exception; nil if there are none
	at      time.Time
	exit    *procs.Exit
	agent   pyagent.ExceptionID
	// from is the line at which its words begin; unsigned: the output does not
	// tell who wrote them.
	from     uint64
	unsigned bool
}

// add notes an incident.
func (l *crashLog) add(i incident) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.pending) >= maxPending {
		l.lost++
		return
	}
	l.pending = append(l.pending, i)
	if l.wake != nil {
		close(l.wake)
		l.wake = nil
	}
}

// run turns what is pending into reports until ctx is done.
func (l *crashLog) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		wake := l.woken()
		next := l.work(time.Now())
		timer.Reset(next)
		select {
		case <-wake:
		case <-l.agent.bell:
		case <-timer.C:
		case <-ctx.Done():
			return
		}
	}
}

// woken is closed when there is something new.
func (l *crashLog) woken() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wake == nil {
		l.wake = make(chan struct{})
	}
	wake := l.wake
	if len(l.pending) > 0 {
		close(l.wake)
		l.wake = nil
	}
	return wake
}

// work carries out what is due, and returns how long nothing will be.
func (l *crashLog) work(now time.Time) time.Duration {
	l.mu.Lock()
	fresh, lost := l.pending, l.lost
	l.pending, l.lost = nil, 0
	l.mu.Unlock()
	if lost > 0 {
		l.session.Notify(count(lost, "end", "ends") + " in a short time are not told one by one")
	}
	l.listen()
	l.waiting = append(l.waiting, fresh...)
	l.hasten(fresh)
	var due []incident
	l.waiting = slices.DeleteFunc(l.waiting, func(i incident) bool {
		if i.due.After(now) {
			return false
		}
		due = append(due, i)
		return true
	})
	slices.SortStableFunc(due, func(a, b incident) int { return a.at.Compare(b.at) })
	for _, i := range due {
		l.judge(i)
	}
	l.forget(now)
	l.kept.write(l.list, false)
	next := time.Hour
	if l.agent.reader != nil && (l.agent.bell == nil || len(l.agent.strange) > 0) {
		next = agentEvery
	}
	for _, i := range l.waiting {
		next = min(next, max(time.Millisecond, i.due.Sub(now)))
	}
	if soon, ok := l.kept.due(now); ok {
		next = min(next, soon)
	}
	return next
}

// hasten has those who wait for their parent's end judged together with it, and before it.
func (l *crashLog) hasten(ended []incident) {
	due := map[int]time.Time{} // by the pids of those who have ended
	for _, p := range ended {
		if p.exit != nil {
			due[p.who.PID] = p.due
		}
	}
	if len(due) == 0 {
		return
	}
	for k := range l.waiting {
		w := &l.waiting[k]
		if at, ok := due[w.who.PPID]; ok && w.late == passedOnWithin {
			w.due = at
		}
	}
}

// drain turns everything that is pending into reports now, as far as it has
// ended: the session does.
func (l *crashLog) drain() {
	l.work(time.Now().Add(printedWithin))
	l.work(time.Now().Add(interruptedWithin))
	l.ask(time.Now().Add(unaskedFor)) // nobody will any more
	l.keepCounts()
	l.kept.write(l.list, true)
}

// forget drops what is too old to be told again.
func (l *crashLog) forget(now time.Time) {
	l.recent = slices.DeleteFunc(l.recent, func(f filed) bool { return now.Sub(f.at) > sameStory })
	if n := len(l.recent) - maxRecent; n > 0 {
		l.recent = slices.Delete(l.recent, 0, n)
	}
}

// maxRecent bounds what is looked through for other words of the same.
const maxRecent = 256

// list returns the reports, oldest first.
func (l *crashLog) list() []*crash.Report {
	list, _ := l.both()
	return list
}

// both returns the reports and their rows. The slices are shared: each is made
// once for all who ask until the next crash.
func (l *crashLog) both() ([]*crash.Report, []crash.Row) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if v := l.version.Load(); l.listed != v {
		l.reports, l.rows, l.listed = l.book.list(), l.book.table(), v
	}
	return l.reports[:len(l.reports):len(l.reports)], l.rows
}

// find returns the report of that number, nil if it is not kept.
func (l *crashLog) find(seq int) *crash.Report {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.book.reports[seq]
}

// count returns how many crashes there were.
func (l *crashLog) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.book.total
}

// change replaces a report by a changed copy.
func (l *crashLog) change(seq int, with func(*crash.Report)) {
	l.revise(func(b *crashBook) { b.change(seq, with) })
}

// revise changes the book, and has what is new of its reports told and written.
func (l *crashLog) revise(with func(*crashBook)) {
	l.mu.Lock()
	with(&l.book)
	changed := l.book.changed
	l.book.changed = nil
	l.version.Add(1)
	l.session.stir()
	l.mu.Unlock()
	l.kept.changed(changed...)
}
