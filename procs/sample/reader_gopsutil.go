package sample

import (
	"errors"
	"time"

	"example.com/muster/procs"
	"github.com/shirou/gopsutil/v3/process"
)

// errGone says that a pid belongs to another process now, or to none.
var errGone = errors.New("cannot measure the process: it has ended")

// portable measures with gopsutil, on every system that it knows. That does not tell why
// a process cannot be measured: then it has ended.
type portable struct{}

func (portable) open(pid int) (probe, error) {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return nil, errors.Join(errGone, err)
	}
	return &portableProbe{p: p}, nil
}

// portableProbe keeps one handle for the whole run, as gopsutil wants it.
type portableProbe struct{ p *process.Process }

func (g *portableProbe) clock() (time.Duration, error) {
	t, err := g.p.Times()
	if err != nil {
		return 0, errors.Join(errGone, err)
	}
	return time.Duration((t.User + t.System) * float64(time.Second)), nil
}

func (g *portableProbe) look(l *looked) error {
	*l = looked{rssBytes: procs.Unknown, threads: procs.Unknown}
	if same, err := g.p.IsRunning(); err != nil || !same {
		return errGone
	}
	if m, err := g.p.MemoryInfo(); err == nil {
		l.rssBytes = int64(m.RSS)
	}
	if n, err := g.p.NumThreads(); err == nil {
		l.threads = int(n)
	}
	if words, err := g.p.Status(); err == nil && len(words) > 0 {
		l.state = letterOf(words[0])
	}
	return nil
}

func (*portableProbe) runs() bool                         { return false }
func (*portableProbe) queue() (ran, waited time.Duration) { return 0, 0 }

// letterOf returns the kernel's letter for gopsutil's word.
func letterOf(word string) procs.RunState {
	switch word {
	case process.Running:
		return procs.RunRunning
	case process.Sleep, process.Idle, process.Wait, process.Lock:
		return procs.RunSleeping
	case process.Blocked:
		return procs.RunDisk
	case process.Stop:
		return procs.RunStopped
	case process.Zombie:
		return procs.RunZombie
	}
	return 0
}

func (g *portableProbe) detail(_ int, u *procs.Usage) detailed {
	u.FDs, u.ReadBytes, u.WriteBytes = procs.Unknown, procs.Unknown, procs.Unknown
	u.VoluntarySwitches, u.InvoluntarySwitches = procs.Unknown, procs.Unknown
	if n, err := g.p.NumFDs(); err == nil {
		u.FDs = int(n)
	}
	if io, err := g.p.IOCounters(); err == nil {
		u.ReadBytes, u.WriteBytes = int64(io.ReadBytes), int64(io.WriteBytes)
	}
	if s, err := g.p.NumCtxSwitches(); err == nil {
		u.VoluntarySwitches, u.InvoluntarySwitches = s.Voluntary, s.Involuntary
	}
	return detailed{}
}

func (*portableProbe) close() {}
