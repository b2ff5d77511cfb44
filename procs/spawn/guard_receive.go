package spawn

import (
	"maps"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
)

// receive owns the reading end of the channel. It ends with the guard, and
// then hands its requests and processes on.
func (g *Guard) receive() {
	for {
		f, err := g.channel.receive()
		if err != nil || !g.take(f) {
			break
		}
	}
	g.channel.close() // after nonsense the guard still lives: it ends now
	// Only when the guard is a zombie have its children become ours, see
	// exit_notify in kernel/exit.c.
	g.status = g.process.await().Status
	g.inherit()
	close(g.ended)
}

// take acts on one message of the guard; it reports false for nonsense.
func (g *Guard) take(f frame) bool {
	switch f.kind {
	case startedKind:
		m, err := readStarted(f.body)
		if err == nil {
			g.started(m)
		}
		return err == nil
	case refusedKind, signalledKind:
		m, err := readAnswer(f.body)
		if err == nil {
			g.answer(m.ID, reply{errno: m.Errno})
		}
		return err == nil
	case exitedKind:
		m, err := readExited(f.body)
		if err == nil {
			g.exited(m)
		}
		return err == nil
	}
	return false
}

func (g *Guard) started(m started) {
	p := &Process{
		guard: g, id: m.ID, startedAt: time.Now(), exit: make(chan procs.Exit, 1),
		ref: procs.PIDRef{PID: m.PID, StartTime: m.StartTime},
	}
	g.mu.Lock()
	g.processes[m.ID] = p
	g.mu.Unlock()
	g.answer(m.ID, reply{process: p})
}

func (g *Guard) answer(id uint64, r reply) {
	g.mu.Lock()
	answered := g.waiting[id]
	delete(g.waiting, id)
	g.mu.Unlock()
	if answered != nil {
		answered <- r // it has room for one, and gets only one
	}
}

func (g *Guard) exited(m exited) {
	g.mu.Lock()
	p := g.processes[m.ID]
	delete(g.processes, m.ID)
	g.mu.Unlock()
	if p != nil {
		p.ended(m.ending)
	}
}

// inherit fails all requests that the guard has not answered, and waits for
// the processes that it has left.
func (g *Guard) inherit() {
	g.mu.Lock()
	waiting, left := g.waiting, slices.Collect(maps.Values(g.processes))
	g.gone, g.waiting = true, nil
	g.mu.Unlock()
	for _, answered := range waiting {
		answered <- reply{err: ErrGuardEnded}
	}
	for _, p := range left {
		p.adopt()
		g.adopted.Go(func() {
			e := ending{Unknown: true}
			if p.own != nil {
				e = p.own.await()
			}
			g.exited(exited{ID: p.id, ending: e})
		})
	}
}

// owned reports whether a child of this process is one of the guard's, whose
// end is waited for.
func (g *Guard) owned(pid int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.processes {
		if p.ref.PID == pid {
			return true
		}
	}
	return false
}

// exit makes an Exit of what wait4 told.
func (e ending) exit() procs.Exit {
	x := procs.Exit{
		At: time.Now(), UserTime: e.User, SystemTime: e.System, PeakRSSBytes: e.PeakRSSBytes,
		Unknown: e.Unknown,
	}
	switch {
	case e.Unknown:
	case e.Status.Signaled():
		x.Signal, x.Core = procs.Signal(e.Status.Signal()), e.Status.CoreDump()
	default:
		x.Code = e.Status.ExitStatus()
	}
	return x
}

// killSignal ends what cannot be waited for.
const killSignal = procs.Signal(unix.SIGKILL)
