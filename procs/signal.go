package procs

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// Signal is a signal number of this system; 0 is none.
type Signal int

// The signals that muster itself sends.
const (
	SIGHUP  = Signal(syscall.SIGHUP)
	SIGINT  = Signal(syscall.SIGINT)
	SIGQUIT = Signal(syscall.SIGQUIT)
	SIGKILL = Signal(syscall.SIGKILL)
	SIGTERM = Signal(syscall.SIGTERM)
	SIGSTOP = Signal(syscall.SIGSTOP)
	SIGCONT = Signal(syscall.SIGCONT)
)

// signalWords names every signal that POSIX has on both Linux and macOS, and
// says in words what its arrival usually means.
var signalWords = []struct {
	sig   syscall.Signal
	name  string
	words string
}{
	{syscall.SIGHUP, "SIGHUP", "hung up, as when its terminal is closed"},
	{syscall.SIGINT, "SIGINT", "interrupted, as by Ctrl-C"},
	{syscall.SIGQUIT, "SIGQUIT", "asked to quit with a dump, as by Ctrl-\\"},
	{syscall.SIGILL, "SIGILL", "ran an illegal instruction"},
	{syscall.SIGTRAP, "SIGTRAP", "hit a breakpoint that no debugger handled"},
	{syscall.SIGABRT, "SIGABRT", "aborted: an assertion, abort() or a corrupted heap"},
	{syscall.SIGBUS, "SIGBUS", "touched memory that is not there: a truncated mapped file or a bad alignment"},
	{syscall.SIGFPE, "SIGFPE", "did impossible arithmetic, such as an integer division by zero"},
	{syscall.SIGKILL, "SIGKILL", "killed at once: by somebody, or by the kernel when memory ran out"},
	{syscall.SIGUSR1, "SIGUSR1", "got user signal 1 and had no handler for it"},
	{syscall.SIGSEGV, "SIGSEGV", "touched memory that is not its own"},
	{syscall.SIGUSR2, "SIGUSR2", "got user signal 2 and had no handler for it"},
	{syscall.SIGPIPE, "SIGPIPE", "wrote to a pipe or socket that nobody reads"},
	{syscall.SIGALRM, "SIGALRM", "its alarm timer ran out"},
	{syscall.SIGTERM, "SIGTERM", "asked to terminate"},
	{syscall.SIGCHLD, "SIGCHLD", "a child ended"},
	{syscall.SIGCONT, "SIGCONT", "continued"},
	{syscall.SIGSTOP, "SIGSTOP", "stopped (paused)"},
	{syscall.SIGTSTP, "SIGTSTP", "stopped from the terminal, as by Ctrl-Z"},
	{syscall.SIGTTIN, "SIGTTIN", "stopped: it read from the terminal in the background"},
	{syscall.SIGTTOU, "SIGTTOU", "stopped: it wrote to the terminal in the background"},
	{syscall.SIGURG, "SIGURG", "urgent data on a socket"},
	{syscall.SIGXCPU, "SIGXCPU", "used more CPU time than its limit allows"},
	{syscall.SIGXFSZ, "SIGXFSZ", "wrote a file larger than its limit allows"},
	{syscall.SIGVTALRM, "SIGVTALRM", "its CPU timer ran out"},
	{syscall.SIGPROF, "SIGPROF", "its profiling timer ran out"},
	{syscall.SIGWINCH, "SIGWINCH", "its terminal was resized"},
	{syscall.SIGIO, "SIGIO", "input or output is possible"},
	{syscall.SIGSYS, "SIGSYS", "made a system call that is forbidden to it"},
}

// String returns the signal's name, such as "SIGTERM" or "SIGRTMIN+3"; "signal 33" where it has none.
func (s Signal) String() string {
	for _, w := range signalWords {
		if Signal(w.sig) == s {
			return w.name
		}
	}
	if name := s.realTime(); name != "" {
		return name
	}
	return "signal " + strconv.Itoa(int(s))
}

// The real-time signals of Linux, as glibc leaves them to programs and bash counts them; see
// signal(7) and kill -l.
const (
	rtMin, rtMax   = 34, 64
	rtName         = "SIGRTM"
	lastFromRTMin  = 49 // SIGRTMIN+15, behind which bash counts from SIGRTMAX
	haveRTNumbered = runtime.GOOS == "linux"
)

// realTime is the name of a real-time signal, "" for others.
func (s Signal) realTime() string {
	switch {
	case !haveRTNumbered || s < rtMin || s > rtMax:
		return ""
	case s == rtMin:
		return rtName + "IN"
	case s <= lastFromRTMin:
		return rtName + "IN+" + strconv.Itoa(int(s)-rtMin)
	case s < rtMax:
		return rtName + "AX-" + strconv.Itoa(rtMax-int(s))
	}
	return rtName + "AX"
}

// parseRealTime reads "SIGRTMIN+3" and "SIGRTMAX-1", however far they count.
func parseRealTime(name string) (Signal, bool) {
	if !haveRTNumbered {
		return 0, false
	}
	for _, from := range []struct {
		name, sign string
		number     int
	}{{rtName + "IN", "+", rtMin}, {rtName + "AX", "-", rtMax}} {
		rest, ok := strings.CutPrefix(name, from.name)
		if !ok {
			continue
		}
		if rest == "" {
			return Signal(from.number), true
		}
		n, err := strconv.ParseUint(strings.TrimPrefix(rest, from.sign), 10, 8)
		if err != nil || !strings.HasPrefix(rest, from.sign) || n > rtMax-rtMin {
			return 0, false
		}
		if from.sign == "-" {
			return Signal(from.number - int(n)), true
		}
		return Signal(from.number + int(n)), true
	}
	return 0, false
}

// Words says what the arrival of the signal usually means, or "".
func (s Signal) Words() string {
	for _, w := range signalWords {
		if Signal(w.sig) == s {
			return w.words
		}
	}
	return ""
}

// SelfMade reports whether a process gets the signal for what it does itself, such as SIGSEGV:
// nobody ends one so. Who sends it means to see a crash.
func (s Signal) SelfMade() bool {
	switch syscall.Signal(s) {
	case syscall.SIGILL, syscall.SIGTRAP, syscall.SIGABRT, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGSEGV, syscall.SIGSYS:
		return true
	}
	return false
}

// ParseSignal reads "TERM", "SIGTERM", "sigterm", "RTMIN+3" or "15".
func ParseSignal(s string) (Signal, error) {
	if n, err := strconv.Atoi(s); err == nil && n > 0 && n < 65 {
		return Signal(n), nil
	}
	name := "SIG" + strings.TrimPrefix(strings.ToUpper(s), "SIG")
	for _, w := range signalWords {
		if w.name == name {
			return Signal(w.sig), nil
		}
	}
	if sig, ok := parseRealTime(name); ok {
		return sig, nil
	}
	return 0, fmt.Errorf("cannot read %q as a signal: no such name or number", s)
}
