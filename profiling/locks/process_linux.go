package locks

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/profiling/locks/graph"
	"example.com/muster/profiling/peek"
)

// process is one process that is looked at.
type process struct {
	procs.PIDRef
	mem    peek.Process
	state  byte // the letter of /proc/PID/stat
	parent int
	// namespace is its PID namespace, see pidNamespace; nil: not asked yet.
	namespace *string
	stated    time.Time
	tasks     int // descriptor of /proc/PID/task, -1 if it could not be opened
	threads   []*thread
	count     int    // threads that the kernel counted when they were listed
	ran       uint64 // grows with what its threads do; odd if one was running
	running   bool
	clock     time.Duration // its CPU time at the last look
	still     bool          // it has not run since the look before that

	maps   []peek.Mapping
	mapped time.Time
	// mappedRan is how often it had run then.
	mappedRan uint64
	image     uint64 // of the mappings, see imageOf
	fds       fdTable
	python    python
	goProgram goProgram
}

// open begins to look at a process; nil if it has ended or is another one.
func open(ref procs.PIDRef) *process {
	s, err := procfs.ReadStat(ref.PID)
	if err != nil || ref.StartTime != 0 && s.StartTime != ref.StartTime || s.Ended() {
		return nil
	}
	ref.StartTime = s.StartTime
	p := &process{PIDRef: ref, mem: peek.Process{Ref: ref}, state: s.State, parent: s.PPID, tasks: -1}
	if fd, err := unix.Open(fmt.Sprintf("/proc/%d/task", ref.PID), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0); err == nil {
		p.tasks = fd
	}
	return p
}

func (p *process) close(room *int) {
	for _, t := range p.threads {
		t.close(room)
	}
	if p.tasks >= 0 {
		_ = unix.Close(p.tasks) // it was only read
	}
}

// How often the state of a process is read: while it runs, and while it does
// not, to see that it is still the one it was.
const (
	stateEvery = 400 * time.Millisecond
	aliveEvery = 30 * time.Second
)

// look finds out what each thread is blocked in. It returns false when the
// process has ended. A process whose CPU clock stands still has not run: none
// of its threads has left its place, begun or ended, nor was it stopped.
func (p *process) look(now time.Time, room *int) bool {
	clock, err := procfs.CPUClock(p.PID)
	p.still = err == nil && clock == p.clock && len(p.threads) > 0
	p.clock = clock
	every := stateEvery
	if p.still {
		every = aliveEvery
	}
	if now.Sub(p.stated) >= every {
		s, err := procfs.ReadStat(p.PID)
		if err != nil || s.StartTime != p.StartTime || s.Ended() {
			return false
		}
		p.state, p.parent, p.stated = s.State, s.PPID, now
	}
	if p.still {
		for _, t := range p.threads {
			t.fresh = false
		}
		return true
	}
	p.list(room)
	p.ran = 0
	running := false
	alive := p.threads[:0]
	for _, t := range p.threads {
		if !t.look() {
			t.close(room)
			p.count = 0 // list them anew next time
			continue
		}
		p.ran += 2 * t.newest
		running = running || t.blocked.Running
		alive = append(alive, t)
	}
	p.threads = alive
	if p.running = running; running { // it may do more before the kernel counts that it runs again
		p.ran++
	}
	return len(p.threads) > 0
}

// list opens the threads that are new. The kernel counts them in the links of
// the directory (fs/proc/base.c, proc_task_getattr).
func (p *process) list(room *int) {
	var st unix.Stat_t
	if p.tasks < 0 || unix.Fstat(p.tasks, &st) != nil {
		return
	}
	if n := int(st.Nlink) - 2; n == p.count && n > 0 {
		return
	}
	names, err := p.taskNames()
	if err != nil {
		return
	}
	p.count = len(names)
	known := make(map[int]bool, len(p.threads))
	for _, t := range p.threads {
		known[t.TID] = true
	}
	for _, name := range names[:min(len(names), maxThreads)] {
		if tid, err := strconv.Atoi(name); err == nil && !known[tid] {
			if t := p.openThread(tid, room); t != nil {
				p.threads = append(p.threads, t)
			}
		}
	}
}

// maxThreads bounds how many threads of a process are looked at.
const maxThreads = 4096

func (p *process) taskNames() ([]string, error) {
	dir, err := os.Open(fmt.Sprintf("/proc/%d/task", p.PID))
	if err != nil {
		return nil, err
	}
	defer dir.Close() // it was only read
	return dir.Readdirnames(maxThreads + 1)
}

func (p *process) openThread(tid int, room *int) *thread {
	dir := fmt.Sprintf("/proc/%d/task/%d/", p.PID, tid)
	stat, err := openFile(dir+"schedstat", room)
	if err != nil {
		return nil
	}
	call, err := openFile(dir+"syscall", room)
	if err != nil { // it may be refused already here
		call = file{fd: -1, name: dir + "syscall"}
	}
	return &thread{Thread: graph.Thread{PIDRef: p.PIDRef, TID: tid}, syscall: call, schedstat: stat}
}

// targetOf says what a descriptor of the process is.
func (p *process) targetOf(fd int) string { return procfs.FDTarget(p.PID, fd) }

// thread returns a thread of the process, nil if it has no such one.
func (p *process) thread(tid int) *thread {
	for _, t := range p.threads {
		if t.TID == tid {
			return t
		}
	}
	return nil
}

// mapsEvery is the age at which mappings are read anew for an address that
// they do not hold.
const mapsEvery = 100 * time.Millisecond

// mapping returns the mapping that an address lies in, nil if there is none or
// it may not be known.
func (p *process) mapping(addr uint64, now time.Time) *peek.Mapping {
	m := peek.Find(p.maps, addr)
	if age := now.Sub(p.mapped); m == nil && age > mapsEvery || age > 20*mapsEvery {
		m = peek.Find(p.readMaps(now), addr)
	}
	return m
}

// readMaps reads the mappings, unless the process has not run since it was
// done last.
func (p *process) readMaps(now time.Time) []peek.Mapping {
	if p.maps != nil && p.mappedRan == p.ran && p.ran != 0 {
		p.mapped = now
		return p.maps
	}
	p.mapped, p.mappedRan = now, p.ran
	maps, err := p.mem.Maps()
	if err != nil {
		return p.maps
	}
	p.maps = maps
	if image := imageOf(maps); image != p.image {
		p.image, p.python, p.goProgram, p.fds = image, python{}, goProgram{}, fdTable{}
	}
	return maps
}

// imageOf tells one program from another that the same process became by exec,
// though it may be of the same file: the kernel puts each elsewhere.
func imageOf(maps []peek.Mapping) (image uint64) {
	for i := range maps {
		switch m := &maps[i]; {
		case i == 0 || m.Path == "[vdso]":
			image = image*31 + m.Start
		case m.Path == "[stack]": // it grows downwards
			image = image*31 + m.End
		}
	}
	return image
}
