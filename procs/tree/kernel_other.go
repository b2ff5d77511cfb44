//go:build !linux

package tree

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shirou/gopsutil/v3/process"

	"example.com/muster/procs"
)

// tableFor is how long one listing of all processes is used: without /proc,
// finding the children of one process means listing all.
const tableFor = time.Second

// table asks gopsutil, through one table of all processes and their parents.
type table struct {
	mu   sync.Mutex
	at   time.Time
	kids map[int][]int
}

func newKernel() kernel { return &table{} }

func (*table) exists(int) bool { return true }

func (*table) look(pid int) (look, bool) {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return look{}, false
	}
	ppid, err := p.Ppid()
	if err != nil {
		return look{}, false
	}
	l := look{ppid: int(ppid), threads: 1, status: unknownStatus}
	if ms, err := p.CreateTime(); err == nil {
		l.start, l.startedAt = uint64(ms), time.UnixMilli(ms)
	}
	if words, err := p.Status(); err == nil && len(words) > 0 && words[0] == process.Zombie {
		l.state, l.ended = 'Z', true
	}
	return l, true
}

func (t *table) children(pid, _ int, pids []int) (list []int, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := time.Now(); now.Sub(t.at) > tableFor {
		t.at, t.kids = now, parents()
	}
	return append(pids, t.kids[pid]...), true
}

// parents lists the children of every process.
func parents() map[int][]int {
	kids := map[int][]int{}
	all, err := process.Processes()
	if err != nil {
		return kids
	}
	for _, p := range all {
		if ppid, err := p.Ppid(); err == nil {
			kids[int(ppid)] = append(kids[int(ppid)], int(p.Pid))
		}
	}
	return kids
}

func (*table) program(pid int) (argv []string, comm string) {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return nil, ""
	}
	argv, _ = p.CmdlineSlice() // what it does not show stays unknown
	comm, _ = p.Name()
	return argv, comm
}

func (*table) outputs(int) [2]string { return [2]string{} }

func (*table) drains(int) (left int, ok bool) { return 0, false }

func (*table) heeds(int, procs.Signal) (pending, minds bool) { return false, false }

func (*table) environ(pid int, names ...string) map[string]string {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return nil
	}
	entries, err := p.Environ()
	if err != nil {
		return nil
	}
	return pick(entries, names)
}

// pick returns the values of the named variables among "KEY=VALUE" entries.
func pick(entries, names []string) map[string]string {
	found := map[string]string{}
	for _, entry := range entries {
		key, value, _ := strings.Cut(entry, "=")
		if slices.Contains(names, key) {
			found[key] = value
		}
	}
	return found
}
