package tree

import (
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
)

// proc asks /proc.
type proc struct {
	booted atomic.Int64 // nanoseconds since 1970
}

func newKernel() kernel { return &proc{} }

// boot returns when the machine was booted. It gives the same answer again
// and again, so that processes of one tick have the same start time, unless
// the wall clock has been set.
func (p *proc) boot() time.Time {
	now := procfs.BootTime()
	kept := time.Unix(0, p.booted.Load())
	if now.Sub(kept).Abs() < time.Second {
		return kept
	}
	p.booted.Store(now.UnixNano())
	return now
}

func (*proc) exists(pid int) bool {
	_, err := procfs.CPUClock(pid)
	return err == nil
}

func (p *proc) look(pid int) (look, bool) {
	s, err := procfs.ReadStat(pid)
	if err != nil {
		return look{}, !procfs.IsGone(err)
	}
	l := look{
		ppid: s.PPID, pgid: s.PGID, sid: s.SID, state: s.State, threads: s.Threads,
		start: s.StartTime, startedAt: procfs.TickTime(p.boot(), s.StartTime),
		forked: s.Forked, exiting: s.Exiting, ended: s.Ended(), status: s.ExitStatus,
	}
	if l.ended && l.status == 0 && !mayTrace(pid) {
		if vanishes(pid) {
			return look{}, false
		}
		l.status = unknownStatus
	}
	return l, true
}

// mayTrace reports whether the kernel shows us the exit status of a zombie:
// that of a process of another user reads as 0 (fs/proc/array.c, do_task_stat),
// and who has just been waited for belongs to root (fs/proc/base.c, pid_getattr).
func mayTrace(pid int) bool {
	uid := os.Geteuid()
	if uid == 0 {
		return true
	}
	info, err := os.Stat("/proc/" + strconv.Itoa(pid))
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == uid
}

// vanishes reports whether a zombie has been waited for, of which the kernel shows the
// state X until it is gone: a moment, for which this waits.
func vanishes(pid int) bool {
	for range 50 {
		if s, err := procfs.ReadStat(pid); err != nil || s.State == 'Z' {
			return procfs.IsGone(err)
		}
		time.Sleep(100 * time.Microsecond)
	}
	return false
}

func (*proc) children(pid, threads int, pids []int) (list []int, ok bool) {
	list, err := procfs.ReadChildren(pid, threads, pids)
	return list, err == nil || procfs.IsGone(err)
}

func (*proc) program(pid int) (argv []string, comm string) {
	return procfs.Argv(pid), procfs.Comm(pid)
}

func (*proc) outputs(pid int) [2]string {
	return [2]string{procfs.FDTarget(pid, 1), procfs.FDTarget(pid, 2)}
}

func (*proc) environ(pid int, names ...string) map[string]string {
	return procfs.Environ(pid, names...)
}

func (*proc) drains(pid int) (left int, ok bool) { return procfs.Drains(pid) }

// heeds takes a SIGKILL that is pending for the end by any signal: the kernel gives one to
// each thread of a process that it ends so (kernel/signal.c, complete_signal).
func (*proc) heeds(pid int, sig procs.Signal) (pending, minds bool) {
	sets, err := procfs.ReadSignals(pid)
	if err != nil {
		return procfs.IsGone(err), false
	}
	return sets.Pending.Has(int(procs.SIGKILL)) || sets.Pending.Has(int(sig)), sets.Caught.Has(int(sig))
}
