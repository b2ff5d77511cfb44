package spawn

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// start begins to execute a program; its goroutine reports how that went, and
// later how the program ended.
func (w *warden) start(f frame) error {
	m, err := readStart(f.body)
	if err != nil || len(f.fds) < 3 || m.CTTY > noTTY {
		return errWire
	}
	w.mu.Lock()
	w.starts++
	number := w.starts
	w.inFlight[number] = true
	w.mu.Unlock()
	w.starting.Add(1)
	w.children.Go(func() {
		c, err := w.fork(m, f.fds, number)
		w.starting.Done()
		if err != nil {
			_ = w.channel.send(refused{ID: m.ID, Errno: errno(err)}) // fails if muster has vanished
			return
		}
		w.attend(c, m)
	})
	return nil
}

// fork executes the program in a session of its own. It closes files.
func (w *warden) fork(m start, files []int, number uint64) (*child, error) {
	attr := syscall.ProcAttr{
		Dir: m.Dir, Env: m.Env,
		Files: make([]uintptr, len(files)),
		Sys:   &syscall.SysProcAttr{Setsid: true},
	}
	for i, fd := range files {
		attr.Files[i] = uintptr(fd)
	}
	if m.CTTY != noTTY {
		attr.Sys.Setctty, attr.Sys.Ctty = true, m.CTTY
	}
	pid, err := syscall.ForkExec(m.Path, m.Argv, &attr)
	for _, fd := range files {
		_ = unix.Close(fd) // the child has its own
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.inFlight, number)
	if err != nil {
		return nil, err
	}
	c := &child{pid: pid}
	w.byPID[pid], w.byID[m.ID] = c, c
	w.sessions[pid] = true
	return c, nil
}

// attend reports that the child runs, waits for its end and reports that too.
// If muster has vanished the reports fail, and nobody misses them.
func (w *warden) attend(c *child, m start) {
	id, at := m.ID, uint64(0)
	if !m.Brief {
		at, _ = startTime(c.pid) // unknown is 0; it cannot have been reaped yet
	}
	_ = w.channel.send(started{ID: id, PID: c.pid, StartTime: at})
	end := c.await()
	w.mu.Lock()
	delete(w.byPID, c.pid)
	delete(w.byID, id)
	if !w.hello.KeepDaemons && unix.Kill(-c.pid, 0) == unix.ESRCH {
		delete(w.sessions, c.pid) // nobody of its group is left
	}
	w.mu.Unlock()
	_ = w.channel.send(exited{ID: id, ending: end})
}
