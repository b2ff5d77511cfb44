package pyagent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/procs/spawn"
)

// answerWait is how long a process has to write its stacks.
const answerWait = time.Second

// look is the time between two looks at what it has written.
const look = 2 * time.Millisecond

// Where agents put the descriptor for their stacks: at 200 or the next number
// that is free.
const (
	lowestFD  = 200
	highestFD = 455
)

// Stacks asks a process for the stacks of its threads, and waits up to a second
// for the answer. It is for when a person has asked: the signal, SIGURG, cuts a
// sleep or a wait of a C library short, which most programs never notice.
//
// The signal is sent only if the process catches it and the agent's file is
// behind a descriptor of its own: a program may have closed all descriptors
// since, or have been replaced by another that expects no such signal. A
// handler for SIGURG that a program installs itself after its start cannot be
// told from the agent's.
func (a *Agent) Stacks(ref procs.PIDRef) ([]ThreadStack, error) {
	dump, err := a.ask(ref)
	if err != nil {
		return nil, fmt.Errorf("cannot read the stacks of pid %d: %w", ref.PID, err)
	}
	threads := parseDump(dump)
	if len(threads) == 0 {
		return nil, fmt.Errorf("cannot read the stacks of pid %d: its answer is not one of Python", ref.PID)
	}
	return threads, nil
}

func (a *Agent) ask(ref procs.PIDRef) ([]byte, error) {
	stat, err := procfs.ReadStat(ref.PID)
	if err != nil || stat.Ended() || ref.StartTime != 0 && stat.StartTime != ref.StartTime {
		return nil, os.ErrProcessDone
	}
	ref.StartTime = stat.StartTime
	if s := procs.RunState(stat.State); s == procs.RunStopped || s == procs.RunTraced {
		return nil, errors.New("it is stopped")
	}
	file, err := a.offered(ref.PID)
	if err != nil {
		return nil, err
	}
	defer file.Close() // nothing of worth is in it then
	turn := &a.asking[file.inode%uint64(len(a.asking))]
	turn.Lock()
	defer turn.Unlock()
	return a.askFor(ref, file)
}

// askFor asks for an answer in a file that nobody else is asked to write to.
func (a *Agent) askFor(ref procs.PIDRef, file *answers) ([]byte, error) {
	if a.debts.others(file.inode, ref) {
		return nil, errors.New("one that shares its file may still write its own there")
	}
	info, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%s", ref.PID, file.fd))
	if err != nil {
		return nil, err
	}
	from, err := parsePosition(string(info))
	if err != nil {
		return nil, err
	}
	busy := blocking(ref.PID)
	if err := spawn.SignalRef(ref, procs.Signal(unix.SIGURG)); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerWait)
	defer cancel()
	if err := answered(ctx, file.File, from, ref.PID, busy); err != nil {
		a.debts.add(file.inode, ref)
		return nil, err
	}
	a.debts.settle(ref)
	dump, err := io.ReadAll(io.NewSectionReader(file, from, maxDump))
	return dump, errors.Join(err, file.Truncate(0)) // its memory goes; where the process will go on stays
}

// answers is the file that a process writes its stacks to. A forked child that
// is none of multiprocessing's has that of its parent.
type answers struct {
	*os.File
	fd    string // its number in the process
	inode uint64
}

// debts are the processes that were asked and have not answered, and where
// they would write. The zero value is empty.
type debts struct {
	mu   sync.Mutex
	owed map[procs.PIDRef]uint64
}

func (d *debts) add(inode uint64, ref procs.PIDRef) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.owed == nil {
		d.owed = map[procs.PIDRef]uint64{}
	}
	d.owed[ref] = inode
}

func (d *debts) settle(ref procs.PIDRef) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.owed, ref)
}

// others reports whether another process than ref may write to a file yet.
func (d *debts) others(inode uint64, ref procs.PIDRef) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for other, where := range d.owed {
		if stat, err := procfs.ReadStat(other.PID); err != nil || stat.Ended() || stat.StartTime != other.StartTime {
			delete(d.owed, other)
		} else if where == inode && other != ref {
			return true
		}
	}
	return false
}

// offered opens that file.
func (a *Agent) offered(pid int) (*answers, error) {
	if sets, err := procfs.ReadSignals(pid); err != nil || !sets.Caught.Has(int(unix.SIGURG)) {
		return nil, errors.New("it has no agent, or one that cannot tell")
	}
	fds := filepath.Join("/proc", strconv.Itoa(pid), "fd")
	dir, err := os.Open(fds)
	if err != nil {
		return nil, err
	}
	names, _ := dir.Readdirnames(-1) // of a process that ends meanwhile, what there was
	_ = dir.Close()                  // it was only read
	for _, name := range names {
		n, err := strconv.Atoi(name)
		if err != nil || n < lowestFD || n > highestFD {
			continue
		}
		target, err := os.Readlink(filepath.Join(fds, name))
		if err == nil && a.isAnswers(target) {
			return openAnswers(filepath.Join(fds, name))
		}
	}
	return nil, errors.New("its agent's descriptor is not there: it may have closed it")
}

// isAnswers reports whether a link of /proc/PID/fd leads to a file of an agent.
func (a *Agent) isAnswers(target string) bool {
	name, ok := strings.CutPrefix(target, "/memfd:")
	if !ok {
		name, ok = strings.CutPrefix(target, a.dir+"/")
	}
	number, named := strings.CutPrefix(name, "muster-stacks-")
	number, gone := strings.CutSuffix(number, " (deleted)")
	_, err := strconv.Atoi(number)
	return ok && named && gone && err == nil
}

// openAnswers opens it through the descriptor of the process.
func openAnswers(link string) (*answers, error) {
	f, err := os.OpenFile(link, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &answers{f, filepath.Base(link), st.Ino}, nil
}

// parsePosition reads where in its file a descriptor is, see proc_pid_fdinfo(5).
func parsePosition(info string) (int64, error) {
	for line := range strings.Lines(info) {
		if pos, ok := strings.CutPrefix(line, "pos:\t"); ok {
			return strconv.ParseInt(strings.TrimSpace(pos), 10, 64)
		}
	}
	return 0, errors.New("its descriptor has no position")
}

// answered waits until the stacks have been written: there is something, it
// grows no more, and no thread is in the handler, where the signal is blocked.
// Threads that had it blocked before are in none.
func answered(ctx context.Context, file *os.File, from int64, pid int, busy map[string]bool) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for size := int64(0); ; {
		select {
		case <-ctx.Done():
			return fmt.Errorf("it has not answered within %v", answerWait)
		case <-tick.C:
		}
		info, err := file.Stat()
		if err != nil {
			return err
		}
		if now := info.Size(); now <= from || now != size {
			if _, err := procfs.ReadStat(pid); err != nil {
				return os.ErrProcessDone
			}
			size = now
			continue
		}
		if !anyNew(blocking(pid), busy) {
			return nil
		}
	}
}

// anyNew reports whether a set has what another has not.
func anyNew(set, old map[string]bool) bool {
	for k := range set {
		if !old[k] {
			return true
		}
	}
	return false
}

// blocking returns the threads of a process that have SIGURG blocked.
func blocking(pid int) map[string]bool {
	found := map[string]bool{}
	tasks := filepath.Join("/proc", strconv.Itoa(pid), "task")
	entries, _ := os.ReadDir(tasks) // of a process that ends meanwhile, what there was
	for _, e := range entries {
		tid, _ := strconv.Atoi(e.Name()) // the kernel names them so
		if sets, err := procfs.ReadSignals(tid); err == nil && sets.Blocked.Has(int(unix.SIGURG)) {
			found[e.Name()] = true
		}
	}
	return found
}
