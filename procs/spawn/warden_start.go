package spawn

import (
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// program is what is to be started.
type program struct {
	start
	files  []int  // its descriptors, which are the guard's until then
	number uint64 // of the start
}

// start begins to execute a program, in its turn; a goroutine reports how that
// went, and later how the program ended.
func (w *warden) start(f frame) error {
	m, err := readStart(f.body)
	if err != nil || !f.cut && len(f.fds) < 3 || m.CTTY > noTTY {
		return errWire
	}
	if f.cut {
		w.report(refused{ID: m.ID, Errno: unix.EMFILE})
		return nil
	}
	p := &program{start: m, files: f.fds}
	w.mu.Lock()
	if !w.turns.take(p) {
		w.mu.Unlock()
		return nil
	}
	w.begin(p)
	w.mu.Unlock()
	w.children.Go(func() {
		var ended message
		for ; p != nil; p = w.next(p) {
			ended = w.launch(p, ended)
		}
		w.report(ended)
	})
	return nil
}

// begin counts a start. It is called with w.mu held.
func (w *warden) begin(p *program) {
	w.starts++
	p.number = w.starts
	w.inFlight[p.number] = true
	w.starting.Add(1)
}

// next returns what has waited for the end of a program, nil if nothing has.
func (w *warden) next(ended *program) *program {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.turns.pass(ended.Turn)
	if p != nil {
		w.begin(p)
	}
	return p
}

// launch executes a program, and returns when it has ended, with what is to be
// reported of that. The end of the one before, whose turn it had, is reported once
// this one runs: nobody waits for the report as much as for the program.
func (w *warden) launch(p *program, before message) (ended message) {
	c, err := w.fork(p)
	w.starting.Done()
	w.report(before)
	if err != nil {
		return refused{ID: p.ID, Errno: errno(err)}
	}
	return w.attend(c, p)
}

// report sends a message, if there is any. It fails if muster has vanished.
func (w *warden) report(m message) {
	if m != nil {
		_ = w.channel.send(m)
	}
}

// withdraw drops what waits for the turns, or for any turn if there are none.
func (w *warden) withdraw(only ...uint64) {
	w.mu.Lock()
	dropped := w.turns.drop(only)
	w.mu.Unlock()
	for _, p := range dropped {
		for _, fd := range p.files {
			_ = unix.Close(fd) // nothing was written to it
		}
		_ = w.channel.send(refused{ID: p.ID, Errno: unix.ECANCELED}) // fails if muster has vanished
	}
}

// fork executes the program in a session of its own. It closes its files.
func (w *warden) fork(p *program) (*child, error) {
	attr := syscall.ProcAttr{
		Dir: p.Dir, Env: p.Env,
		Files: make([]uintptr, len(p.files)),
		Sys:   &syscall.SysProcAttr{Setsid: true},
	}
	for i, fd := range p.files {
		attr.Files[i] = uintptr(fd)
	}
	if p.CTTY != noTTY {
		attr.Sys.Setctty, attr.Sys.Ctty = true, p.CTTY
	}
	tick := ticks()
	pid, err := syscall.ForkExec(p.Path, p.Argv, &attr)
	if err == unix.EBADF { // its files are open, so it is of a number beyond the limit that the child moves them to (dup(2))
		err = unix.EMFILE
	}
	if ticks() != tick {
		tick = 0
	}
	for _, fd := range p.files {
		_ = unix.Close(fd) // the child has its own
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.inFlight, p.number)
	if err != nil {
		return nil, err
	}
	c := &child{pid: pid, tick: tick}
	w.byPID[pid], w.byID[p.ID] = c, c
	w.sessions[pid] = true
	return c, nil
}

// attend reports that the child runs, waits for its end and returns the report of that.
func (w *warden) attend(c *child, p *program) message {
	if m := (started{ID: p.ID, PID: c.pid}); p.Turn != 0 { // it may end in a moment, and others wait for that
		_ = w.channel.sendSoon(m)
	} else {
		if !p.Brief {
			m.StartTime = w.startTime(c)
		}
		w.report(m)
	}
	end := w.await(c, p)
	w.mu.Lock()
	delete(w.byPID, c.pid)
	delete(w.byID, p.ID)
	if !w.hello.KeepDaemons && unix.Kill(-c.pid, 0) == unix.ESRCH {
		delete(w.sessions, c.pid) // nobody of its group is left
	}
	w.mu.Unlock()
	return exited{ID: p.ID, ending: end}
}

// maxThreads bounds how many ends are awaited on threads of their own: of programs
// that others wait for, as many as a machine of usual size has processors.
const maxThreads = 32

func (w *warden) await(c *child, p *program) ending {
	if p.Turn == 0 {
		return c.await()
	}
	defer w.threads.Add(-1)
	if w.threads.Add(1) > maxThreads {
		return c.await()
	}
	return c.awaitHere()
}

// startTime returns when a child that has not been reaped started; 0 if that cannot
// be told. To ask the kernel takes a fortieth of a short program's life, so this is
// done where the clock has moved on meanwhile, and once to see whether the two
// agree: a sandbox may count in its own way.
func (w *warden) startTime(c *child) uint64 {
	if c.tick != 0 && w.clock.Load() == rightClock {
		return c.tick
	}
	at, err := startTime(c.pid)
	if err != nil {
		return 0
	}
	switch c.tick {
	case 0:
	case at:
		w.clock.CompareAndSwap(newClock, rightClock)
	default:
		w.clock.Store(wrongClock)
	}
	return at
}

// What is known of the clock that start times are counted by.
const (
	newClock int32 = iota
	rightClock
	wrongClock
)

// turns are the programs that wait for the end of another, by the number of
// their turn. A number is there while one of its programs runs.
type turns map[uint64][]*program

// take reports whether it is the program's turn; else the program waits.
func (t turns) take(p *program) bool {
	if p.Turn == 0 {
		return true
	}
	waiting, taken := t[p.Turn]
	if taken {
		t[p.Turn] = append(waiting, p)
		return false
	}
	t[p.Turn] = nil
	return true
}

// pass gives a turn on, and returns whose it is then; nil if nobody waits.
func (t turns) pass(turn uint64) *program {
	waiting := t[turn]
	if len(waiting) == 0 {
		delete(t, turn)
		return nil
	}
	t[turn] = waiting[1:]
	return waiting[0]
}

// drop has nobody wait for the turns, or for any if there are none, and returns
// those who did.
func (t turns) drop(only []uint64) (dropped []*program) {
	for turn, waiting := range t {
		if len(only) == 0 || slices.Contains(only, turn) {
			dropped = append(dropped, waiting...)
			t[turn] = nil
		}
	}
	return dropped
}
