package session

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/tree"
	"example.com/muster/profiling/crash"
	"example.com/muster/profiling/pyagent"
)

// What the Python agent tells: exceptions that nobody may ever see, and
// what becomes of the results that they are.

// agentEvery is how often it is asked where no bell rings, and while it is
// waited for a process to become known.
const agentEvery = 100 * time.Millisecond

// maxOpen bounds the results of which it is followed whether somebody fetches them.
const maxOpen = 1024

// listener follows what agents tell. It is the crash log's goroutine's alone.
type listener struct {
	reader *pyagent.Other  // nil: there is no agent
	bell   <-chan struct{} // rings when there is something to read; nil if it cannot
	known  pyagent.Known
	next   uint64
	open   []openResult
	// strange are exceptions of processes that are not known.
	strange []stranger
	// unasked are those of threads' tasks for whose results nobody has asked yet.
	unasked []stranger
	// kinds are the kinds of what agents have told, by their first; alike is how many
	// more of each were counted already.
	kinds map[pyagent.ExceptionID]*toldKind
	// threads are the processes whose agents have told of exceptions that ended threads.
	threads map[procs.PIDRef]procs.Run
	// forks are the places of forks among threads that were told of.
	forks map[string]bool
}

// stranger is an exception that was told at a time, of nobody knows whom.
type stranger struct {
	told pyagent.Told
	at   time.Time
}

const (
	// strangeFor is how long a process may take to become known.
	strangeFor = 2 * time.Second
	// unaskedFor is how long nobody asks for the result of a thread's task until it
	// is told that nobody has: most programs do, and then nothing is lost.
	unaskedFor = 10 * time.Second
	// maxForks bounds the places that are told of.
	maxForks = 32
	// maxThreaded bounds the processes that are remembered for their threads.
	maxThreaded = 1 << 10
)

// openResult is an exception of which it is not known what becomes of it.
type openResult struct {
	id  pyagent.ExceptionID
	run procs.ID
	pid int
	seq int // of its report; 0 while there is none
}

// listen reads what agents have told since the last time.
func (l *crashLog) listen() {
	a := &l.agent
	if a.reader == nil {
		return
	}
	reports, _ := a.reader.Read() // why not is told with the locks
	if len(reports) == 0 && len(a.strange) == 0 && len(a.unasked) == 0 {
		return
	}
	a.known.Add(reports...)
	l.named(reports)
	if slices.ContainsFunc(reports, func(r pyagent.Report) bool { _, ok := r.(pyagent.Debugged); return ok }) {
		now := a.known.Debugged()
		l.session.inside.Store(&now)
		l.version.Add(1) // the rows show it
		l.session.stir()
	}
	told, next, _ := a.known.Exceptions(a.next)
	a.next = next
	now := time.Now()
	again := a.strange
	a.strange = nil
	for _, s := range again {
		l.tell(&s.told, s.at)
	}
	for i := range told {
		if told[i].What == pyagent.InThreadTask && !told[i].Dropped && len(a.unasked) < maxOpen {
			a.unasked = append(a.unasked, stranger{told[i], now})
			continue
		}
		l.tell(&told[i], now)
	}
	l.ask(now)
	l.counted(reports, now)
	l.settle()
	l.warn()
}

// named tells the tree what processes call themselves.
func (l *crashLog) named(reports []pyagent.Report) {
	var names []tree.Named
	for _, r := range reports {
		switch r := r.(type) {
		case pyagent.Process:
			if r.Name != "" || !r.Forked {
				names = append(names, tree.Named{PIDRef: r.PIDRef, Name: r.Name})
			}
		case pyagent.Ends: // of who has not come to say its name
			if p, ok := l.agent.known.Process(r.Child); ok && p.Name != "" && p.StartTime != 0 {
				names = append(names, tree.Named{PIDRef: p.PIDRef, Name: p.Name})
			}
		}
	}
	before := l.session.cfg.Tree.NamedAt()
	l.session.cfg.Tree.Name(names)
	if l.session.cfg.Tree.NamedAt() != before {
		l.session.stir()
	}
}

// ask tells of the results of threads' tasks that are gone, or for which nobody has
// asked for a while.
func (l *crashLog) ask(now time.Time) {
	var due []stranger
	l.agent.unasked = slices.DeleteFunc(l.agent.unasked, func(s stranger) bool {
		t, ok := l.agent.known.Exception(s.told.ID)
		switch {
		case !ok || t.Fetched == nil || *t.Fetched:
			return true // it has reached who asked, or nobody will ever know
		case !t.Dropped && now.Sub(s.at) < unaskedFor:
			return false
		}
		due = append(due, stranger{t, s.at})
		return true
	})
	for i := range due {
		l.tell(&due[i].told, due[i].at)
	}
}

// toldKind is the row of an exception that an agent has told, "" until it is told here, and
// whose it was; and how many more of its kind the agent has counted, without telling them
// one by one. That does not say when they were: they are taken to be as old as the count.
type toldKind struct {
	pool, group, name string
	counted, added    uint64
	at                time.Time // when the count was last seen to rise
}

const (
	// maxKinds bounds the kinds that are remembered for that.
	maxKinds = 4096
	// maxAlike bounds what is believed of a count.
	maxAlike = 1 << 30
)

// kind returns what is known of a kind, by its first; nil if there are too many.
func (a *listener) kind(id pyagent.ExceptionID) *toldKind {
	k := a.kinds[id]
	if k == nil && len(a.kinds) < maxKinds {
		if a.kinds == nil {
			a.kinds = map[pyagent.ExceptionID]*toldKind{}
		}
		k = &toldKind{}
		a.kinds[id] = k
	}
	return k
}

// remember notes the row of an exception that an agent has told.
func (l *crashLog) remember(id pyagent.ExceptionID, r *crash.Report) {
	if k := l.agent.kind(id); k != nil && k.group == "" {
		k.pool, k.group, k.name = r.Run.ID.Pool, r.Group, r.Name
		l.addAlike(k)
	}
}

// counted takes over what agents have counted.
func (l *crashLog) counted(reports []pyagent.Report, now time.Time) {
	for _, r := range reports {
		if again, ok := r.(pyagent.Again); ok {
			if again.First.N == 0 { // it does not tell them apart any more: the output does
				delete(l.agent.threads, again.First.PIDRef)
			}
			n := min(again.Count, maxAlike)
			if k := l.agent.kind(again.First); k != nil && n > k.counted {
				k.counted, k.at = n, now
				l.addAlike(k)
			}
		}
	}
}

// addAlike adds to the row of a kind what has been counted of it.
func (l *crashLog) addAlike(k *toldKind) {
	if k.group == "" || k.counted <= k.added {
		return
	}
	l.revise(func(b *crashBook) { b.more(k.pool, k.group, k.name, int(k.counted-k.added), k.at) })
	k.added = k.counted
}

// warn tells of forks among threads, once for each place. What a library does by itself,
// as Pool does when it replaces a worker, is on the cards of those children only.
func (l *crashLog) warn() {
	for _, f := range l.agent.known.TakeForks() {
		id, ok := l.session.whose(f.PID)
		key := id.Pool + "\x00" + f.File + "\x00" + strconv.Itoa(f.Line) + f.MadeBy
		if !ok || f.File == "" || l.agent.forks[key] || len(l.agent.forks) >= maxForks {
			continue
		}
		if l.agent.forks == nil {
			l.agent.forks = map[string]bool{}
		}
		l.agent.forks[key] = true
		l.session.Notify(id.String() + ": " + forkWarning(&f))
	}
}

// forkWarning says where a process forks among threads, and why that matters.
func forkWarning(f *pyagent.Forks) string {
	who := f.Process
	if who == "" {
		who = "it"
	}
	threads := f.Threads
	if more := f.Among - len(threads); more > 0 && len(threads) > 0 {
		threads = append(slices.Clone(threads), fmt.Sprintf("%d more", more))
	}
	names := ""
	if len(threads) > 0 {
		names = " (" + strings.Join(threads, ", ") + ")"
	}
	return valid(fmt.Sprintf("%s forks at %s (%s) while %s%s: what other threads have locked then stays locked in the child for ever",
		who, f.String(), f.MadeBy, count(f.Among, "other thread runs", "other threads run"), names))
}

// tell takes in one exception, of which an agent has told at a time.
func (l *crashLog) tell(t *pyagent.Told, at time.Time) {
	id, ok := l.session.whose(t.ID.PID)
	if !ok { // the tree may not have seen it yet, or somebody else has started it
		if time.Since(at) < strangeFor && len(l.agent.strange) < maxOpen {
			l.agent.strange = append(l.agent.strange, stranger{*t, at})
		}
		return
	}
	i, ok := l.session.heard(id, t.ID.PID)
	if !ok {
		return
	}
	if i.who.Label == "" {
		i.who.Label = t.Process
	}
	if t.What == pyagent.InThread {
		l.agent.threaded(t.ID.PIDRef, i.run)
	}
	one := tale{words: wordsOf(t), task: t.Task, handled: t.Fetched, lost: lostNote(t), agent: t.ID}
	i.told, i.at = []tale{one}, at
	l.judge(i)
	if t.Call.Owner != 0 && !t.Lost && (t.Fetched == nil || !*t.Fetched) {
		if len(l.agent.open) == maxOpen {
			l.agent.open = append(l.agent.open[:0], l.agent.open[1:]...)
		}
		l.agent.open = append(l.agent.open, openResult{id: t.ID, run: id, pid: t.ID.PID})
	}
}

// threaded notes that an agent has told of an exception that ended a thread.
func (a *listener) threaded(ref procs.PIDRef, run procs.Run) {
	if a.threads == nil || len(a.threads) >= maxThreaded {
		a.threads = map[procs.PIDRef]procs.Run{}
	}
	a.threads[ref] = run
}

// tellsThreads reports whether words of the output are of a thread of a process whose agent
// tells of each that ends so: threads that print at the same time write into each other's
// lines, which say less. Where the output does not tell who wrote them that is taken to be
// any process of the run.
func (l *crashLog) tellsThreads(i incident, w *crash.Words) bool {
	if w.Format == crash.AgentReport || !w.OfThread() {
		return false
	}
	for ref, run := range l.agent.threads {
		if w.PID == 0 && run == i.run || w.PID != 0 && i.who.MayBe(ref) {
			return true
		}
	}
	return false
}

// settle notes in the reports what has become of results.
func (l *crashLog) settle() {
	rest := l.agent.open[:0]
	for _, o := range l.agent.open {
		if o.seq == 0 {
			o.seq = l.reported(o.id)
		}
		t, ok := l.agent.known.Exception(o.id)
		fetched := ok && t.Fetched != nil && *t.Fetched
		if o.seq != 0 && fetched {
			l.change(o.seq, func(r *crash.Report) { r.Settle(true) })
		}
		if o.seq != 0 && ok && t.Lost {
			l.change(o.seq, func(r *crash.Report) { r.Lose(lostNote(&t)) })
		}
		if ok && !fetched && (!t.Lost || o.seq == 0) {
			rest = append(rest, o)
		}
	}
	l.agent.open = rest
}

// lostNote is what is said of a result that never comes.
func lostNote(t *pyagent.Told) string {
	switch {
	case !t.Lost:
		return ""
	case t.Why == "":
		return "its result never comes: the pool broke before"
	}
	return "its result never comes: the pool cannot rebuild what a worker has sent (" + t.Why + ")"
}

// reported returns the number of the report of an exception; 0 if there is none.
func (l *crashLog) reported(id pyagent.ExceptionID) int {
	for k := range l.recent {
		if l.recent[k].agent == id {
			return l.recent[k].seq
		}
	}
	return 0
}

// wordsOf is what the agent tells as last words.
func wordsOf(t *pyagent.Told) crash.Words {
	return crash.Words{
		Format: crash.AgentReport, Exception: raised(&t.Raised, 0), Thread: t.Thread, Scope: scopeOf(t.What), PID: t.ID.PID,
		Cut: t.Cut, Aside: aside(t), Exits: t.What == pyagent.Exits,
	}
}

// aside says how an exception got lost.
func aside(t *pyagent.Told) string {
	switch t.What {
	case pyagent.InArguments:
		return "the task has never begun: its arguments cannot be pickled"
	case pyagent.InResult:
		return "the task is done, but what came of it cannot be pickled"
	case pyagent.InQueue:
		return t.Where + " has put nothing: what cannot be pickled is dropped, and who waits for it waits on"
	case pyagent.NeverRetrieved:
		return "nobody has awaited this task, or asked for its exception"
	case pyagent.Ignored:
		if function, ok := strings.CutPrefix(t.Where, "atexit "); ok {
			return strings.TrimSuffix("it ended a function of atexit, and nothing else: "+function, ": ")
		}
		if t.Where != "" {
			return "it was raised where nothing can catch it: " + t.Where
		}
	}
	return ""
}

// scopeOf is how much ends with an exception.
func scopeOf(w pyagent.What) crash.Scope {
	switch w {
	case pyagent.InProcess, pyagent.Exits:
		return crash.EndsProcess
	case pyagent.InThread:
		return crash.EndsThread
	case pyagent.InTask, pyagent.InThreadTask, pyagent.InResult, pyagent.InArguments, pyagent.NeverRetrieved:
		return crash.EndsTask
	}
	return crash.EndsNothing
}

// raised is an exception in crash's form.
func raised(r *pyagent.Raised, depth int) *crash.Exception {
	e := &crash.Exception{Type: r.Type, Message: crash.WithoutEscapes(r.Message), How: r.How}
	for _, f := range r.Frames {
		frame := crash.PythonFrame(f.File, f.Line, f.Function)
		frame.Repeated = f.Repeated
		e.Frames = append(e.Frames, frame)
	}
	crash.MarkPython(e.Frames)
	if depth == maxDepth {
		return e
	}
	for i := range r.Chain {
		e.Chain = append(e.Chain, raised(&r.Chain[i], depth+1))
	}
	for i := range r.Group {
		e.Group = append(e.Group, raised(&r.Group[i], depth+1))
	}
	return e
}
