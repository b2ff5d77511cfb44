package session

import (
	"time"

	"example.com/muster/procs"
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
}

// stranger is an exception that was told at a time, of nobody knows whom.
type stranger struct {
	told pyagent.Told
	at   time.Time
}

// strangeFor is how long a process may take to become known.
const strangeFor = 2 * time.Second

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
	if len(reports) == 0 && len(a.strange) == 0 {
		return
	}
	a.known.Add(reports...)
	told, next, _ := a.known.Exceptions(a.next)
	a.next = next
	now := time.Now()
	again := a.strange
	a.strange = nil
	for _, s := range again {
		l.tell(&s.told, s.at)
	}
	for i := range told {
		l.tell(&told[i], now)
	}
	l.settle()
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
	one := tale{words: wordsOf(t), task: t.Task, handled: t.Fetched, agent: t.ID}
	i.told, i.at = []tale{one}, at
	l.judge(i)
	if t.Call.Owner != 0 && (t.Fetched == nil || !*t.Fetched) {
		if len(l.agent.open) == maxOpen {
			l.agent.open = append(l.agent.open[:0], l.agent.open[1:]...)
		}
		l.agent.open = append(l.agent.open, openResult{id: t.ID, run: id, pid: t.ID.PID})
	}
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
		if ok && !fetched {
			rest = append(rest, o)
		}
	}
	l.agent.open = rest
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
		Cut: t.Cut,
	}
}

// scopeOf is how much ends with an exception.
func scopeOf(w pyagent.What) crash.Scope {
	switch w {
	case pyagent.InProcess:
		return crash.EndsProcess
	case pyagent.InThread:
		return crash.EndsThread
	case pyagent.InTask, pyagent.InResult, pyagent.InArguments:
		return crash.EndsTask
	}
	return crash.EndsNothing
}

// raised is an exception in crash's form.
func raised(r *pyagent.Raised, depth int) *crash.Exception {
	e := &crash.Exception{Type: r.Type, Message: r.Message, How: r.How}
	for _, f := range r.Frames {
		frame := crash.PythonFrame(f.File, f.Line, f.Function)
		frame.Repeated = f.Repeated
		e.Frames = append(e.Frames, frame)
	}
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
