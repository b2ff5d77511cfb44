package postmortem

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/profiling/crash"
)

// dumpPlace is what decides where a process's core goes.
type dumpPlace struct {
	cwd, exe, comm string
	limit          int64 // RLIMIT_CORE in bytes, or one of those below
}

const (
	noLimit      = -1
	unknownLimit = -2
)

// readDumpPlace reads it from a directory of /proc.
func readDumpPlace(dir string, l limits) dumpPlace {
	d := dumpPlace{limit: l.core()}
	d.cwd, _ = os.Readlink(dir + "/cwd") // "" where it is not permitted
	d.exe, _ = os.Readlink(dir + "/exe") // as above
	d.comm = firstLine(dir + "/comm")
	return d
}

// limits is the text of /proc/PID/limits; "" where it cannot be read. A zombie has it still
// (fs/proc/base.c, proc_pid_limits).
type limits string

func readLimits(name string) limits {
	b, _ := os.ReadFile(name) // it may have ended meanwhile
	return limits(b)
}

// core is the soft limit of a core's size, in bytes.
func (l limits) core() int64 { return l.number("Max core file size", 0) }

// cpu is the hard limit of the CPU time, which is in whole seconds; 0 if there is none or it is
// not known.
func (l limits) cpu() time.Duration {
	return time.Duration(max(0, l.number("Max cpu time", 1))) * time.Second
}

// number is the n-th word behind the name of a limit: the soft one comes first, then the hard one.
func (l limits) number(name string, n int) int64 {
	for line := range strings.Lines(string(l)) {
		rest, ok := strings.CutPrefix(line, name)
		f := strings.Fields(rest)
		if !ok || len(f) <= n {
			continue
		}
		if value, err := strconv.ParseInt(f[n], 10, 64); err == nil {
			return value
		}
		return noLimit
	}
	return unknownLimit
}

func firstLine(name string) string {
	b, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return line
}

// Core says what became of the core dump of a process that ended by a signal;
// nothing where its signal writes none. dir is where it began, for one that
// nobody has looked at, and started when that was learned.
func (w *Watcher) Core(ref procs.PIDRef, e procs.Exit, dir string, started time.Time) crash.Core {
	if !dumps(e.Signal) || e.Unknown {
		return crash.Core{}
	}
	w.mu.Lock()
	p := dumpPlace{limit: unknownLimit}
	if known := w.places[ref]; known != nil {
		p = known.dump
	}
	w.mu.Unlock()
	if p.limit == unknownLimit { // children have muster's own unless they change it
		p.limit = readLimits(filepath.Join(w.proc, "self/limits")).core()
	}
	if p.cwd == "" {
		p.cwd = dir
	}
	d := dump{
		pattern: firstLine(filepath.Join(w.proc, "sys/kernel/core_pattern")), limit: p.limit, written: e.Core,
		usesPID: firstLine(filepath.Join(w.proc, "sys/kernel/core_uses_pid")) != "0",
		pid:     ref.PID, signal: int(e.Signal), comm: p.comm, exe: p.exe, cwd: p.cwd,
	}
	d.host, _ = os.Hostname() // "" fits any
	c := crash.Core{Pattern: d.pattern, LimitBytes: max(p.limit, noLimit)}
	if e.Core {
		c.Path = d.find(earliest(ref, started))
	}
	c.How = d.how(c.Path)
	return c
}

// fileTick is how far the time of a file may lie before the moment of its writing: it is that of
// the kernel's last tick, of which there are at least 100 a second (fs/inode.c, current_time).
const fileTick = 10 * time.Millisecond

// earliest is since when a process can have written a file. That it had started, muster may have
// learned when it had already died: the kernel's own time of that counts.
func earliest(ref procs.PIDRef, started time.Time) time.Time {
	if boot := procfs.BootTime(); ref.StartTime != 0 && !boot.IsZero() {
		if at := procfs.TickTime(boot, ref.StartTime); started.IsZero() || at.Before(started) {
			started = at
		}
	}
	if started.IsZero() {
		return started
	}
	return started.Add(-fileTick)
}

// dumps reports whether a signal writes a core by default, see signal(7).
func dumps(sig procs.Signal) bool {
	switch sig.String() {
	case "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGSEGV", "SIGXCPU", "SIGXFSZ", "SIGSYS":
		return true
	}
	return false
}

// dump is all that is known of one core dump.
type dump struct {
	pattern              string // kernel.core_pattern
	usesPID              bool   // kernel.core_uses_pid
	limit                int64
	written              bool // the exit status says so
	pid, signal          int
	comm, exe, cwd, host string
}

// glob makes a pattern for filepath.Glob of kernel.core_pattern as core(5)
// describes it: what is not known matches anything. byPID: it has the pid.
func (d *dump) glob() (pattern string, byPID bool) {
	var b strings.Builder
	put := func(s string) {
		if s == "" {
			s = "*"
		} else {
			s = literal(s)
		}
		b.WriteString(s)
	}
	for rest := d.pattern; rest != ""; {
		before, after, found := strings.Cut(rest, "%")
		b.WriteString(literal(before))
		if !found || after == "" { // a single % at the end is dropped
			break
		}
		switch after[0] {
		case '%':
			b.WriteByte('%')
		case 'p':
			byPID = true
			put(strconv.Itoa(d.pid))
		case 'P': // the number in the machine's own namespace, which may be another
			put("")
		case 'e':
			put(strings.ReplaceAll(d.comm, "/", "!"))
		case 'E':
			put(strings.ReplaceAll(strings.TrimSuffix(d.exe, " (deleted)"), "/", "!"))
		case 's':
			put(strconv.Itoa(d.signal))
		case 'h':
			put(d.host)
		case 't', 'u', 'g', 'i', 'I', 'c', 'd', 'C', 'f', 'F':
			put("")
		}
		rest = after[1:]
	}
	if !byPID && d.usesPID { // fs/coredump.c, format_corename
		byPID = true
		b.WriteString("." + strconv.Itoa(d.pid))
	}
	pattern = b.String()
	if !path.IsAbs(pattern) {
		pattern = literal(d.cwd) + "/" + pattern
	}
	return pattern, byPID
}

// literal keeps a text from being taken for a pattern.
func literal(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(s)
}

// find returns the path of the core file, if there is one that was written
// since the process began. Where its name does not tell whose it is, it is
// the only such file.
func (d *dump) find(started time.Time) string {
	if d.handled() != "" || d.pattern == "" && !d.usesPID {
		return ""
	}
	pattern, byPID := d.glob()
	if !path.IsAbs(pattern) || started.IsZero() {
		return ""
	}
	names, err := filepath.Glob(pattern)
	if err != nil {
		return "" // a bad pattern, which literal does not make
	}
	found := ""
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() || info.Size() == 0 || info.ModTime().Before(started) {
			continue
		}
		if found != "" && !byPID {
			return ""
		}
		found = name
	}
	return found
}

// handled is the first character of a pattern that names no file: "|" is a
// program, "@" a socket (since Linux 6.16); "" for a file.
func (d *dump) handled() string {
	if strings.HasPrefix(d.pattern, "|") || strings.HasPrefix(d.pattern, "@") {
		return d.pattern[:1]
	}
	return ""
}

// how says how to open the core, or how to get one the next time.
func (d *dump) how(file string) string {
	kind := d.handled()
	switch {
	case kind == "|":
		return d.piped()
	case kind == "@" && d.written:
		return fmt.Sprintf("the kernel sent it to the socket %s (kernel.core_pattern)", strings.TrimLeft(d.pattern, "@"))
	case file != "":
		exe := strings.TrimSuffix(d.exe, " (deleted)")
		if exe == "" {
			exe = "PROGRAM"
		}
		return fmt.Sprintf("to open it: gdb %s %s", exe, file)
	case d.written:
		return fmt.Sprintf("the kernel wrote one, named by kernel.core_pattern %q; it is not there", d.pattern)
	case d.limit == 0 && kind == "":
		return "none was written, as its limit is 0; to get one: ulimit -c unlimited before muster is started"
	case d.pattern == "" && !d.usesPID:
		return "none was written, as kernel.core_pattern is empty"
	}
	return "none was written; perhaps it handled the signal, may not be dumped, or there was no room"
}

// piped says where a core went that the kernel hands to a program.
func (d *dump) piped() string {
	program := ""
	if f := strings.Fields(d.pattern[1:]); len(f) > 0 {
		program = f[0]
	}
	name := path.Base(program)
	switch {
	case !d.written && d.limit == 0:
		return fmt.Sprintf("%s was given none, as its limit is 0; to get one: ulimit -c unlimited before muster is started", name)
	case !d.written:
		return fmt.Sprintf("%s, which cores are given to (kernel.core_pattern), got none", name)
	case name == "systemd-coredump":
		return fmt.Sprintf("systemd-coredump has it: coredumpctl info %d, coredumpctl debug %d", d.pid, d.pid)
	case name == "apport":
		return "apport has it: see /var/crash (ulimit -c unlimited also leaves a file)"
	}
	return fmt.Sprintf("%s has it (kernel.core_pattern)", name)
}
