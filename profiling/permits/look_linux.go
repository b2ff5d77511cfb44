package permits

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"example.com/muster/procs/procfs"
	"example.com/muster/profiling/peek"
)

// Look asks the kernel whether a process may be looked into. The error is a
// *[Refusal], or wraps [peek.ErrGone].
func Look(pid int) error {
	name := describe(pid)
	id, err := procfs.ReadIdentity(pid)
	if err != nil && !procfs.IsGone(err) {
		return fmt.Errorf("cannot look at %s: %w", name, err)
	}
	if err != nil {
		return fmt.Errorf("cannot look at %s: there is no such process: %w", name, peek.ErrGone)
	}
	if id.PID != pid {
		return fmt.Errorf("cannot look at %s: it is a thread of pid %d", name, id.PID)
	}
	s, err := procfs.ReadStat(pid)
	if err != nil && !procfs.IsGone(err) {
		return fmt.Errorf("cannot look at %s: %w", name, err)
	}
	if err != nil || s.Ended() {
		return fmt.Errorf("cannot look at %s: %w", name, peek.ErrGone)
	}
	// It asks for the same right as the memory does, and disturbs nobody.
	_, err = os.ReadFile("/proc/" + strconv.Itoa(pid) + "/syscall")
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		a := Attach{Own: os.Geteuid() == 0 || id.UID == os.Geteuid(), Owner: userName(id.UID), Root: os.Geteuid() == 0, Yama: yama()}
		why, permit := a.why()
		return &Refusal{Process: name, Why: why, Permit: permit}
	case errors.Is(err, unix.ESRCH):
		return fmt.Errorf("cannot look at %s: %w", name, peek.ErrGone)
	}
	return nil // without that file the other sources may still work
}

// describe names a process: "pid 4121 (sshd)".
func describe(pid int) string {
	if comm := procfs.Comm(pid); comm != "" {
		return fmt.Sprintf("pid %d (%s)", pid, strings.ToValidUTF8(comm, "\uFFFD"))
	}
	return fmt.Sprintf("pid %d", pid)
}

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return fmt.Sprintf("user %d", uid)
}

// yama reads the scope of Yama.
func yama() int {
	b, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	if err != nil {
		return NoYama
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return NoYama
	}
	return n
}

// PerfRefused says why the kernel does not sample processes for this one, and
// what would permit it.
func PerfRefused(err error) (why, permit string) {
	return refusedPerf(sysctl("kernel/perf_event_paranoid"), os.Geteuid() == 0, problem(err))
}
