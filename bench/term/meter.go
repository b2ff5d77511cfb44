//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// usage is what one process has used.
type usage struct {
	cpu      time.Duration
	peak     int64 // bytes resident at most (VmHWM of proc(5), /proc/PID/status)
	resident int64 // bytes resident now (VmRSS)
}

// meter reads a program and its guard again and again, as a process that has
// ended can be asked no more.
type meter struct {
	pid, guard       int
	guardName        string
	program, itGuard usage
}

// read takes the figures of both processes; those of one that has ended stay
// what they were.
func (m *meter) read() {
	m.program.read(m.pid)
	if m.guard == 0 && m.guardName != "" {
		m.guard = childNamed(m.pid, m.guardName)
	}
	if m.guard != 0 {
		m.itGuard.read(m.guard)
	}
}

func (u *usage) read(pid int) {
	if cpu, err := cpuTime(pid); err == nil {
		u.cpu = cpu
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return
	}
	if n, ok := kilobytes(status, "VmHWM:"); ok {
		u.peak = n
	}
	if n, ok := kilobytes(status, "VmRSS:"); ok {
		u.resident = n
	}
}

// cpuTime reads the CPU clock of another process, which has nanoseconds where
// /proc/PID/stat has ticks. The clock's id is made from the pid as in
// clock_getcpuclockid(3).
func cpuTime(pid int) (time.Duration, error) {
	const perProcess = 2 // CPUCLOCK_SCHED of include/linux/posix-timers.h
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^uint32(pid)<<3|perProcess), &ts); err != nil {
		return 0, err
	}
	return time.Duration(ts.Nano()), nil
}

// kilobytes returns a line of /proc/PID/status in bytes. A zombie has none.
func kilobytes(status []byte, name string) (int64, bool) {
	_, rest, ok := bytes.Cut(status, []byte("\n"+name))
	if !ok {
		return 0, false
	}
	fields := strings.Fields(string(rest[:min(len(rest), 40)]))
	n, err := strconv.ParseInt(fields[0], 10, 64)
	return n << 10, err == nil
}

// childNamed returns the first child of a process that has a name, or 0.
func childNamed(pid int, name string) int {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is well formed
	for _, task := range tasks {
		list, err := os.ReadFile(task)
		if err != nil {
			continue // a thread that has ended
		}
		for child := range strings.FieldsSeq(string(list)) {
			comm, err := os.ReadFile("/proc/" + child + "/comm")
			if err == nil && strings.TrimSpace(string(comm)) == name {
				n, _ := strconv.Atoi(child) // the kernel writes numbers
				return n
			}
		}
	}
	return 0
}
