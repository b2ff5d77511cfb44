package debug

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"example.com/muster/internal/pattern"
	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/profiling/native"
	"example.com/muster/profiling/peek"
	"example.com/muster/profiling/permits"
)

// Look finds out what a process is. It asks for the right to trace on behalf
// of this very process, which like a debugger is no ancestor of the other: with
// kernel.yama.ptrace_scope 1 a session may look into its processes, and a
// debugger beside it may not (Documentation/admin-guide/LSM/Yama.rst). The error
// is [os.ErrProcessDone] if there is no such process.
func Look(pid int) (Process, error) {
	stat, err := procfs.ReadStat(pid)
	if err != nil && !procfs.IsGone(err) {
		return Process{}, err
	}
	if err != nil || stat.Ended() {
		return Process{}, os.ErrProcessDone
	}
	p := Process{PID: pid, Kind: Native, Traced: tracer(pid)}
	p.Exe, _ = os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe") // permission is asked for below
	if refused, ok := errors.AsType[*permits.Refusal](permits.Look(pid)); ok {
		p.Refused, p.Permit = refused.Why, refused.Permit
	}
	if minor, ok := pythonMinor(pid, p.Exe); ok {
		p.Kind, p.Minor = Python, minor
	} else if is, _, err := native.GoProgram(peek.Process{Ref: procs.PIDRef{PID: pid, StartTime: stat.StartTime}}); err == nil && is {
		p.Kind = Go
	}
	return p, nil
}

// tracer reads TracerPid of proc_pid_status(5).
func tracer(pid int) int {
	b, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status") // of one that has ended nobody is
	for line := range strings.Lines(string(b)) {
		if n, ok := strings.CutPrefix(line, "TracerPid:"); ok {
			tracer, _ := strconv.Atoi(strings.TrimSpace(n)) // the kernel wrote it
			return tracer
		}
	}
	return 0
}

var (
	pythonExe = pattern.Later(`/python3\.(\d+)[dt]?$`)
	pythonLib = pattern.Later(`/libpython3\.(\d+)[^/]*\.so`)
)

// pythonMinor tells the version from the name of the interpreter or of its
// library. The maps may be read where the memory may not.
func pythonMinor(pid int, exe string) (int, bool) {
	m := pythonExe().FindStringSubmatch(exe)
	if m == nil {
		maps, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/maps") // of one that has ended, what there was
		for line := range strings.Lines(string(maps)) {
			if m = pythonLib().FindStringSubmatch(line); m != nil {
				break
			}
		}
	}
	if m == nil {
		return 0, false
	}
	minor, err := strconv.Atoi(m[1])
	return minor, err == nil
}
