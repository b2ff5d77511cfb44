package session

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"example.com/muster/procs"
	"example.com/muster/profiling"
	"example.com/muster/profiling/crash"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/pyagent"
)

// What a death is judged by, and what becomes of the verdict.

// Bounds of what is frozen of an output.
const (
	// wordsLines is how many lines before an end are looked through for last
	// words, and wordsBytes how many bytes of them.
	wordsLines = 2000
	wordsBytes = 2 << 20
	// dumpLines and dumpBytes are the same for a Go program that ended with all
	// its goroutines in its last words, of which the first ones say why.
	dumpLines = 100_000
	dumpBytes = 16 << 20
	// tailText bounds one line of a report, in bytes.
	tailText = 4 << 10
	// samplesKept is how many measurements a report holds.
	samplesKept = 60
)

// startSlack is how far the start of a process, which the kernel tells in
// ticks, may be from the clock of the output.
const startSlack = 100 * time.Millisecond

// judge makes a report of an incident, if it is a crash.
func (l *crashLog) judge(i incident) {
	l.name(&i)
	if i.exit == nil {
		for _, t := range i.told {
			l.hear(i, t)
		}
		return
	}
	if l.waits(&i) {
		return
	}
	d := l.death(i)
	v := crash.Judge(&d)
	if !v.Crash {
		return
	}
	r := l.report(&d, v, i)
	l.mark(i)
	if l.again(r) {
		return
	}
	l.file(r, i)
}

// waits reports whether it is yet to be seen if the parent of a worker gives up the task
// that it had when it ended, or is interrupted as well: its end may have been wished; or
// if a parent passes on the end of a child that it may have killed itself. It is then
// judged a moment later.
func (l *crashLog) waits(i *incident) bool {
	if i.late > 0 || i.who.Self(i.run) {
		return false
	}
	i.told = l.toldOf(*i) // by then it would count as having gone on
	wished := len(i.told) == 0 && (!crash.IsCrash(*i.exit) || crash.Tears(i.exit.Signal) || l.sentByMuster(i))
	if !slices.ContainsFunc(i.told, tale.withParent) && (!wished || l.lostTask(&i.who) == "") {
		if !l.mayBePassedOn(i) {
			return false
		}
		i.late = passedOnWithin
	}
	l.later(*i)
	return true
}

// mayBePassedOn reports whether a process that is no worker was killed under a parent that lives
// yet, so that it is not known if that has killed it or ends of it.
func (l *crashLog) mayBePassedOn(i *incident) bool {
	return i.exit != nil && i.exit.Signal == procs.SIGKILL && i.who.ParentLived && i.who.Role != procs.RoleWorker && i.who.Pool == "" &&
		!l.sentByMuster(i) && l.session.parentEnd(*i, i.who.PPID) == nil
}

// sentByMuster reports whether a process has ended by a signal that muster was asked to send.
func (l *crashLog) sentByMuster(i *incident) bool {
	return slices.ContainsFunc(l.session.sent.to(i.run, i.who.PIDRef, i.who.Started, i.at), func(s crash.Sent) bool { return s.Signal == i.exit.Signal })
}

// later has an incident judged when it is known whether the parent has ended, too.
func (l *crashLog) later(i incident) {
	i.late = cmp.Or(i.late, givesUpWithin)
	if slices.ContainsFunc(i.told, tale.withParent) || i.exit != nil && i.exit.Signal == procs.SIGHUP {
		i.late = interruptedWithin
	}
	i.due = time.Now().Add(i.late)
	l.waiting = append(l.waiting, i)
}

// withParent reports whether it may be but a part of the parent's end.
func (t tale) withParent() bool { return t.words.WithParent() }

// name finds out what was not at hand when a descendant was seen to end.
func (l *crashLog) name(i *incident) {
	if i.who.Self(i.run) {
		return
	}
	own := ""
	if p, ok := l.agent.known.Process(i.who.PIDRef); ok {
		i.who.Pool, i.who.Apart = p.Pool, apart(&p)
		i.who.Abrupt = p.Name != "" && !p.Returned && l.session.cfg.Agent != nil
		i.who.ForkedAmong, i.who.ForkedAt = p.Among, p.ForkedAt.String()
		own = p.Name
	}
	if label := l.session.cfg.Tree.Label(i.who.PIDRef); label != "" {
		i.who.Label = label
	} else if own != "" {
		i.who.Label = own
	}
	if i.who.Label == "" {
		i.who.Label = fmt.Sprintf("pid %d", i.who.PID)
	}
}

// apart reports whether a process of multiprocessing is no worker of a pool. Those of pools of
// other libraries, as torch's, run a function that is not known here, but have the names of Pool's.
func apart(p *pyagent.Process) bool {
	return p.Pool == "" && p.Task != "" && !strings.Contains(p.Name, "PoolWorker")
}

// hear takes what was told of a process that lives. An exception that ends the
// process waits for its end, an interrupt for that of its parent; what has been
// told before, in other words, is told once.
func (l *crashLog) hear(i incident, t tale) {
	if t.words.Scope == crash.EndsProcess && i.due.IsZero() {
		i.told, i.due = []tale{t}, i.at.Add(endsWithin)
		l.waiting = append(l.waiting, i)
		return
	}
	if t.withParent() && i.due.IsZero() && !i.who.Self(i.run) {
		i.told = []tale{t}
		if _, slot := l.session.slotOf(i.run.ID); slot == nil || slot.State != procs.Stopping {
			l.later(i)
		}
		return
	}
	if l.known(i, t) || l.tellsThreads(i, &t.words) {
		return
	}
	if now, ok := l.agent.known.Exception(t.agent); ok && i.late > 0 {
		t.handled, t.lost = now.Fetched, lostNote(&now)
	}
	i.told = []tale{t}
	d := l.death(i)
	v := crash.Judge(&d)
	if !v.Crash {
		return
	}
	r := l.report(&d, v, i)
	if r.Words == nil {
		r.Words = &d.Words[0]
	}
	l.file(r, i)
}

// known reports whether an exception has been filed already; what is new
// about it is added to the report.
func (l *crashLog) known(i incident, t tale) bool {
	for k := range l.recent {
		f := &l.recent[k]
		if f.run.ID != i.run.ID || !f.who.MayBe(i.who.PIDRef) || i.at.Sub(f.at).Abs() > sameStory {
			continue
		}
		if crash.SameRace(f.words, &t.words) {
			return true // told once by each of the two sides
		}
		if !sameException(&f.what, t.words.Exception) {
			continue
		}
		if slices.Contains(f.formats, t.words.Format) || f.thread != "" && t.words.Thread != "" && f.thread != t.words.Thread {
			continue // the same words again: it has happened again
		}
		f.formats = append(f.formats, t.words.Format)
		if t.agent.PID != 0 {
			f.agent = t.agent
			if r := l.find(f.seq); r != nil {
				l.remember(t.agent, r)
			}
		}
		l.change(f.seq, func(r *crash.Report) { improve(r, t) })
		return true
	}
	return false
}

// improve adds to a report what else is told of the same: the agent knows
// more than what was printed.
func improve(r *crash.Report, t tale) {
	if t.task != "" {
		r.Task = t.task
	}
	switch {
	case t.lost != "":
		r.Lose(t.lost)
	case t.handled != nil:
		r.Settle(*t.handled)
	}
	if aside := t.words.Aside; aside != "" && !slices.ContainsFunc(r.Notes, func(n crash.Note) bool { return n.Text == aside }) {
		r.Notes = append(slices.Clone(r.Notes), crash.Note{Text: aside, Evidence: profiling.Exact})
	}
	if r.Words == nil || t.words.Format == crash.AgentReport {
		w := t.words
		if r.Words != nil && len(w.Exception.Frames) == 0 {
			w.Exception = r.Words.Exception
		}
		r.Words = &w
	}
}

// again reports whether the end of a process is the end of a story that was
// told as one of a thread of it: its main thread was not its last.
func (l *crashLog) again(r *crash.Report) bool {
	if r.Words == nil {
		return false
	}
	for k := range l.recent {
		f := &l.recent[k]
		same := f.thread == r.Words.Thread && sameException(&f.what, r.Words.Exception) || crash.SameRace(f.words, r.Words)
		if f.lives && f.run == r.Run && f.who.MayBe(r.Who.PIDRef) && same {
			exit, group := r.Exit, r.Group
			l.change(f.seq, func(old *crash.Report) { old.Exit, old.Lives, old.Group = exit, false, group })
			f.lives, f.exit = false, &exit
			return true
		}
	}
	return false
}

// sameException reports whether two tellings are of the same exception.
func sameException(a, b *crash.Exception) bool {
	if a == nil || b == nil || bare(a.Type) != bare(b.Type) || !sameMessage(a.Message, b.Message) {
		return false
	}
	x, y := a.Top(), b.Top()
	return x == nil || y == nil || x.Line == y.Line && filepath.Base(x.File) == filepath.Base(y.File)
}

// cutMessage is how much of a message everybody tells at least, in bytes.
const cutMessage = 900

// sameMessage reports whether two tellings of a message are of the same: a terminal
// leaves some characters out of it, each of those who tell cuts it elsewhere, and what
// was printed at once after it may look like a part of it.
func sameMessage(a, b string) bool {
	if a == b || strings.HasPrefix(a, b+"\n") || strings.HasPrefix(b, a+"\n") {
		return true
	}
	a, b = printing(a), printing(b)
	if n := min(len(a), len(b)); n >= cutMessage {
		return a[:n] == b[:n]
	}
	return a == b
}

// printing is the first of a text, without what is no character of it in print.
func printing(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) && !unicode.IsSpace(r) {
			return r
		}
		return -1
	}, s[:min(len(s), 2*crash.MaxMessage)])
}

// bare is a type without its module: not everybody tells that.
func bare(name string) string {
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '.' {
			return name[i+1:]
		}
	}
	return name
}

// death puts together all that is known.
func (l *crashLog) death(i incident) crash.Death {
	s := l.session
	d := crash.Death{Run: i.run, Who: i.who, Exit: i.exit}
	lines := l.lines(i)
	d.Words = slices.DeleteFunc(crash.Parse(lines), func(w crash.Words) bool { return l.isOthers(i, &w) })
	d.Words = append(d.Words, l.goCrash(i, d.Words)...)
	for _, t := range l.toldOf(i) {
		d.Words = append(d.Words, t.words)
		if t.task != "" {
			d.Task = t.task
		}
		if t.handled != nil {
			d.Handled = t.handled
		}
		if t.lost != "" {
			d.Lost = t.lost
		}
	}
	if d.Task == "" && i.exit != nil {
		d.Task = l.lostTask(&i.who)
	}
	if i.exit == nil { // what it printed before has been told, or ends it
		d.Words = d.Words[len(d.Words)-len(i.told):]
	}
	for k := range l.recent {
		if f := &l.recent[k]; f.lives && f.who.MayBe(i.who.PIDRef) {
			d.Told = append(d.Told, f.what)
		}
	}
	d.Tail = tailOf(lines)
	d.Own, d.Signed = l.ownLines(i, d.Tail)
	for _, m := range s.Samples(i.run.ID, samplesKept) {
		if m.Run == i.run.N {
			d.Samples = append(d.Samples, m)
		}
	}
	view := i.view
	if view == nil {
		view = s.Locks()
	}
	d.Held = heldBy(view, i.who.PIDRef, s.names)
	d.Stack = stackOf(view, i.who.PIDRef)
	d.Master = l.masterOf(i)
	if left := abandonedOf(s.Locks()); left != nil && i.exit != nil {
		d.Held = withHeld(d.Held, heldBy(left, i.who.PIDRef, s.names))
	}
	d.Waiting.Parent = l.parentAt(i)
	d.Sent = s.sent.to(i.run, i.who.PIDRef, i.who.Started, i.at)
	if p, ok := l.agent.known.Process(i.who.PIDRef); ok {
		d.GivenUp = l.agent.known.GivenUp(p)
		if p.Ended != 0 {
			d.Sent = append(d.Sent, crash.Sent{Signal: p.Ended, By: "its parent", At: i.at})
		}
	}
	d.Children, d.Parent = l.childrenOf(i), s.parentEnd(i, l.makerOf(i))
	d.Failed = l.failedBelow(i)
	s.autopsy(&d)
	return d
}

// goCrash returns the last words of a Go program with muster's agent, unless its
// output has them.
func (l *crashLog) goCrash(i incident, printed []crash.Words) []crash.Words {
	read := l.session.cfg.GoCrash
	if i.exit == nil || read == nil || i.who.PID == 0 {
		return nil
	}
	lines := read(i.run.ID, i.who.PID, i.who.Started.Add(-time.Second)) // it is known to the tick
	if slices.ContainsFunc(printed, func(w crash.Words) bool { return w.Format == crash.GoPanic && w.PID == i.who.PID && !w.Cut }) {
		return nil
	}
	return crash.Parse(lines)
}

// lostTask returns the task that a worker of a pool had when it ended, "" if it
// had none. Its agent knows when it began, also where nobody has seen that.
func (l *crashLog) lostTask(who *crash.Process) string {
	p, ok := l.workerOf(who)
	if !ok || l.session.cfg.Agent == nil {
		return ""
	}
	task, _ := l.session.cfg.Agent.Task(p.PIDRef)
	return task
}

// workerOf returns what its agent has told of a worker of a pool. Where nobody knows when
// that began, its parent tells it from one that had its number before.
func (l *crashLog) workerOf(who *crash.Process) (p pyagent.Process, ok bool) {
	p, ok = l.agent.known.Process(who.PIDRef)
	before := who.StartTime == 0 && who.PPID != p.PPID
	return p, ok && p.Pool != "" && !before
}

// isOthers reports whether words that nobody has signed were told as those of
// another process of the run: they are printed once, and explain one end.
func (l *crashLog) isOthers(i incident, w *crash.Words) bool {
	if w.PID != 0 {
		return false
	}
	return slices.ContainsFunc(l.recent, func(f filed) bool {
		return f.unsigned && f.from == w.From && f.run == i.run && !f.who.MayBe(i.who.PIDRef)
	})
}

// toldOf returns what was told of an incident's process: with it, or before
// it as something that would end it.
func (l *crashLog) toldOf(i incident) []tale {
	told := i.told
	if i.exit == nil {
		return told
	}
	l.waiting = slices.DeleteFunc(l.waiting, func(w incident) bool {
		if w.exit != nil || w.late > 0 || w.run.ID != i.run.ID || !w.who.MayBe(i.who.PIDRef) {
			return false
		}
		told = append(told, w.told...)
		return true
	})
	return told
}

// lines returns the last lines of the process: its own where the output tells
// whose they are, else those of its slot. They are bounded, but less where they
// are goroutines.
func (l *crashLog) lines(i incident) []procs.Line {
	lines, all := l.linesUpTo(i, wordsLines, wordsBytes)
	if i.exit != nil && !all && crash.GoesOn(lines) {
		lines, _ = l.linesUpTo(i, dumpLines, dumpBytes)
	}
	return lines
}

// masterLines bounds the lines in which a master's word on its worker is looked for.
const masterLines = 200

// masterOf returns what the master of a worker of gunicorn has printed about it.
func (l *crashLog) masterOf(i incident) string {
	if i.exit == nil || i.who.Self(i.run) || !slices.ContainsFunc(i.who.Argv, func(arg string) bool { return strings.Contains(arg, "gunicorn") }) {
		return ""
	}
	page, err := l.session.cfg.Store.Query(procs.Query{Source: procs.SlotSource(i.run.ID), From: procs.NewestLine, Backward: true, Max: masterLines})
	if err != nil {
		return "" // only a bad pattern is an error, and there is none
	}
	return crash.GaveUp(linesSince(page.Lines, 0, i.who.Started), i.who.PID)
}

// linesUpTo returns so many last lines and bytes, and whether that is all that
// the process has printed.
func (l *crashLog) linesUpTo(i incident, most, bytes int) (lines []procs.Line, all bool) {
	writer := 0
	if l.session.slotOutput(i.run.ID) == procs.OutputByWriter && !i.who.Self(i.run) {
		writer = i.who.PID
		if i.exit != nil { // then its lines keep their numbers
			l.session.endLines(i.run.ID, i.who.PIDRef)
		}
	}
	return l.linesBy(i, writer, most, bytes)
}

// ownLines returns the last lines that a process has written itself, of which tail may be
// those, and whether the output tells who wrote which.
func (l *crashLog) ownLines(i incident, tail []procs.Line) (own []procs.Line, signed bool) {
	if l.session.slotOutput(i.run.ID) != procs.OutputByWriter {
		return nil, false
	}
	if !i.who.Self(i.run) || !slices.ContainsFunc(tail, func(k procs.Line) bool { return k.PID != i.who.PID }) {
		return tail, true
	}
	own, _ = l.linesBy(i, i.who.PID, crash.TailLines, wordsBytes)
	return tailOf(own), true
}

// linesBy returns so many last lines and bytes by a writer, 0 for all of the slot's, and
// whether that is all.
func (l *crashLog) linesBy(i incident, writer, most, bytes int) (lines []procs.Line, all bool) {
	src := procs.SlotSource(i.run.ID)
	src.PID = writer
	q := procs.Query{Source: src, From: procs.NewestLine, Backward: true, Max: most}
	first := uint64(0)
	if i.exit != nil && i.who.Self(i.run) {
		q.From, first = i.exit.LastLineAfter, i.exit.FirstLine
	}
	page, err := l.session.cfg.Store.Query(q)
	if err != nil {
		return nil, true // only a bad pattern is an error, and there is none
	}
	var started time.Time
	if src.PID != 0 {
		started = i.who.Started
	}
	lines = linesSince(page.Lines, first, started)
	all = len(lines) < most
	size := 0
	for k := len(lines) - 1; k >= 0; k-- {
		if size += len(lines[k].Text); size > bytes {
			return lines[k+1:], false
		}
	}
	return lines, all
}

// linesSince leaves out the lines of the run before and, where only those of
// one process are looked at, of another process that had its number. A zero
// time is not known.
func linesSince(lines []procs.Line, first uint64, started time.Time) []procs.Line {
	for len(lines) > 0 && (lines[0].Seq < first || !started.IsZero() && lines[0].At.Before(started.Add(-startSlack))) {
		lines = lines[1:]
	}
	return lines
}

// tailOf returns copies of the last lines, each of a bounded length, in the order of their
// times: what was left without a newline became a line after those that are newer.
func tailOf(lines []procs.Line) []procs.Line {
	tail := slices.Clone(lines[max(0, len(lines)-crash.TailLines):])
	slices.SortStableFunc(tail, func(a, b procs.Line) int { return a.At.Compare(b.At) })
	for i := range tail {
		text := tail[i].Text
		tail[i].Text = append([]byte(nil), text[:min(len(text), tailText)]...)
	}
	return tail
}

// heldBy returns the locks that a process has, as of a view.
func heldBy(v *graph.View, ref procs.PIDRef, names func() func(procs.PIDRef) Who) (held []crash.Held) {
	var who func(procs.PIDRef) Who
	for i := range v.Locks {
		k := &v.Locks[i]
		h := holderOf(k, ref)
		if h == nil || k.Any { // one of many that could end a wait has nothing of its own
			continue
		}
		if who == nil {
			who = names()
		}
		one := crash.Held{ID: string(k.ID), Kind: string(k.Kind), Name: k.Name, Evidence: h.Evidence, Abandoned: k.Abandoned, Releasable: k.Releasable}
		for _, w := range k.Waiters {
			one.Waiters = append(one.Waiters, who(w.PIDRef).Name)
		}
		held = append(held, one)
	}
	return held
}

// holderOf returns how a process has a lock, or has ended with it; nil if not.
func holderOf(k *graph.Lock, ref procs.PIDRef) *graph.Holder {
	is := func(h *graph.Holder) bool { return h.MayBe(ref) }
	for i := range k.Holders {
		if is(&k.Holders[i]) {
			return &k.Holders[i]
		}
	}
	if k.Abandoned && k.LastHolder != nil && is(&k.LastHolder.Holder) {
		return &k.LastHolder.Holder
	}
	return nil
}

// stackOf returns where the main thread of a process is, nil if not known. A start
// time of 0 stands for any.
func stackOf(v *graph.View, ref procs.PIDRef) []string {
	for i := range v.Threads {
		t := &v.Threads[i]
		if t.MayBe(ref) && (t.TID == ref.PID || t.TID == 0) {
			return t.Stack
		}
	}
	return nil
}

// report makes the report of a judged death.
func (l *crashLog) report(d *crash.Death, v crash.Verdict, i incident) *crash.Report {
	r := crash.Of(d, v, i.at)
	if i.who.Self(i.run) {
		r.Name = i.run.ID.String()
		if r.Argv == nil {
			r.Argv = i.spec.Argv
		}
	} else {
		r.Name = i.run.ID.String() + "/" + valid(i.who.Label)
	}
	r.PeakSampled = !i.who.Self(i.run) || r.Exit.PeakRSSBytes == 0
	if r.PeakSampled && i.who.Self(i.run) { // the kernel's own figure says nothing below what the guard has
		for k := range d.Samples {
			r.Exit.PeakRSSBytes = max(r.Exit.PeakRSSBytes, d.Samples[k].Own.RSSBytes)
		}
	}
	r.Shared = r.TailWhy != "" || !i.who.Self(i.run) && l.session.slotOutput(i.run.ID) != procs.OutputByWriter
	r.Spec = i.spec
	if l.session.cfg.Environ != nil {
		r.Env = l.session.cfg.Environ(i.run, i.spec)
	}
	return r
}

// file keeps a report, and tells of it.
func (l *crashLog) file(r *crash.Report, i incident) {
	story := l.story(r)
	if len(story) > 0 && story[0].How == crash.FetchedFrom {
		r.Group = "fetched: " + r.Group // another kind of end than the worker's own
	}
	l.revise(func(b *crashBook) {
		b.file(r)
		for _, k := range story {
			r.Links = append(r.Links, k)
			b.change(k.Seq, func(old *crash.Report) {
				old.Links = append(slices.Clone(old.Links), crash.Link{Seq: r.Seq, How: k.How.Back()})
			})
		}
	})
	f := filed{seq: r.Seq, run: r.Run, who: r.Who, lives: r.Lives, at: r.At, exit: i.exit}
	if e := r.Exception(); e != nil {
		for _, t := range i.told {
			if t.agent.PID != 0 {
				f.agent = t.agent
				l.remember(t.agent, r)
			}
		}
		f.what, f.words, f.thread, f.formats = *e, r.Words, r.Words.Thread, []crash.Format{r.Words.Format}
		f.from, f.unsigned = r.Words.From, r.Words.PID == 0
	}
	l.recent = append(l.recent, f)
	l.kept.changed(r.Seq)
	l.session.crashed(r)
}

// story finds the reports that are of the same story.
func (l *crashLog) story(r *crash.Report) (links []crash.Link) {
	e := r.Exception()
	fetched := e != nil && slices.ContainsFunc(e.Chain, func(c *crash.Exception) bool { return c.How == "fetched" })
	for k := len(l.recent) - 1; k >= 0; k-- {
		f := &l.recent[k]
		switch {
		case f.run.ID != r.Run.ID || f.run.N != r.Run.N || f.who.MayBe(r.Who.PIDRef):
		case fetched && sameException(&f.what, e):
			return []crash.Link{{Seq: f.seq, How: crash.FetchedFrom}}
		case passedOn(f, r):
			return []crash.Link{{Seq: f.seq, How: crash.PassedOn}}
		}
	}
	return nil
}

// passedOn reports whether a shell has ended with the code of a child of its own,
// just after it.
func passedOn(f *filed, r *crash.Report) bool {
	return f.exit != nil && !r.Lives && r.Who.Role == procs.RoleShell && f.who.PPID == r.Who.PID &&
		r.Exit.Signal == 0 && r.Exit.Code == f.exit.ShellCode() && r.At.Sub(f.at).Abs() < time.Second
}

// count is a number of things, for a notice.
func count(n int, one, many string) string { return profiling.Count(n, one, many) }
