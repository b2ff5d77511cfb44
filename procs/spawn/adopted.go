package spawn

import (
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
)

// EndAdopted kills the orphans that the guard has adopted and in whose
// environment a variable has a value, and what becomes an orphan by that: what
// a program has left behind that was started with it, by whatever way it left.
// Where there is no /proc it finds none.
func (g *Guard) EndAdopted(name, value string) {
	const rounds, pause = 100, 5 * time.Millisecond // a process that is killed may take a while to go
	for range rounds {
		if !g.killAdopted(name, value) {
			return
		}
		time.Sleep(pause)
	}
}

// killAdopted is one round of EndAdopted; it reports whether it found any.
func (g *Guard) killAdopted(name, value string) (found bool) {
	own := g.own()
	for _, pid := range procfs.Children(g.PID(), 0, nil) {
		stat, err := procfs.ReadStat(pid) // first: whose environment is read next is killed only if it is still the same
		if err != nil || stat.Ended() || own[pid] || procfs.Environ(pid, name)[name] != value {
			continue
		}
		found = true
		_ = SignalRef(procs.PIDRef{PID: pid, StartTime: stat.StartTime}, procs.SIGKILL) // it may have ended by now
	}
	return found
}

// own returns the pids of the processes that the guard has started itself.
func (g *Guard) own() map[int]bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	pids := make(map[int]bool, len(g.processes))
	for _, p := range g.processes {
		pids[p.ref.PID] = true
	}
	return pids
}
