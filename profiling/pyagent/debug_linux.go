package pyagent

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/procs/spawn"
)

// DebugSignal is the signal that the agent has a handler for: python/agent.py looks for a request
// for a debugger or a profile on it.
const DebugSignal unix.Signal = 59

// debugWait is how long a process has to come to the debugger: its main thread
// must get to run Python code.
const debugWait = 5 * time.Second

// ErrNoDebugger is why a process has no debugger inside: it has no agent, or
// one that does not answer.
var ErrNoDebugger = errors.New("no debugger inside")

// Debug is a conversation with pdb in a process. Whatever ends it, the process
// goes on.
type Debug struct {
	ref  procs.PIDRef
	conn *net.UnixConn
}

// Break has a Python process stop where its main thread is, within five
// seconds, and talk. It is for when a person has asked. The process needs the
// agent of some muster, not necessarily this one. It is left as it was if it
// does not come; the error then is an [ErrNoDebugger], or [os.ErrProcessDone].
func Break(ref procs.PIDRef) (*Debug, error) {
	ref, dir, err := settled(ref)
	if err == nil {
		var d *Debug
		if d, err = call(ref, dir); err == nil {
			return d, nil
		}
	}
	if gone(ref) {
		return nil, os.ErrProcessDone
	}
	return nil, fmt.Errorf("%w: %w", ErrNoDebugger, err)
}

// settled finds the directory of a process's agent, to which one that has just
// been started may not have come yet, and tells the process from later ones.
func settled(ref procs.PIDRef) (procs.PIDRef, string, error) {
	stat, err := procfs.ReadStat(ref.PID)
	if err != nil || stat.Ended() || ref.StartTime != 0 && stat.StartTime != ref.StartTime {
		ref.StartTime = math.MaxUint64 // of no process
		return ref, "", os.ErrProcessDone
	}
	ref.StartTime = stat.StartTime
	dir, err := debugDir(ref.PID)
	for err != nil && young(stat.StartTime) && !gone(ref) {
		time.Sleep(again)
		dir, err = debugDir(ref.PID)
	}
	return ref, dir, err
}

// gone reports whether a process has ended.
func gone(ref procs.PIDRef) bool {
	stat, err := procfs.ReadStat(ref.PID)
	return err != nil || stat.Ended() || stat.StartTime != ref.StartTime
}

// young reports whether a process has been started so recently that its Python
// may still be getting ready.
func young(startTime uint64) bool {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return false
	}
	const ticks = 100 // a second, for user space: USER_HZ of time(7)
	return info.Uptime < int64(startTime)/ticks+int64(debugWait/time.Second)
}

// debugDir finds the directory of a process's agent, which must be private.
func debugDir(pid int) (string, error) {
	reports := procfs.Environ(pid, reportsVar)[reportsVar]
	if reports == "" {
		return "", errors.New("it has no agent of muster's (not started by muster, or with python -I, -E or -S)")
	}
	dir := filepath.Dir(reports)
	var st unix.Stat_t
	if err := unix.Lstat(dir, &st); err != nil {
		return "", fmt.Errorf("its agent's directory is gone: %w", err)
	}
	owner := int(st.Uid)
	if st.Mode&unix.S_IFMT != unix.S_IFDIR || st.Mode&0o077 != 0 || owner != os.Geteuid() && os.Geteuid() != 0 {
		return "", errors.New("its agent's directory is not private to this user")
	}
	if !catchesDebug(pid) {
		return "", errors.New("its agent is not loaded, or the program has taken or blocked signal 59")
	}
	if stat, err := procfs.ReadStat(pid); err == nil && (stat.State == 'T' || stat.State == 't') {
		return "", errors.New("it is stopped")
	}
	return dir, nil
}

// catchesDebug reports whether a process catches the signal, which would end
// it otherwise (signal(7)), and does not hold it back. It is asked right before
// each signal. What remains is a process that runs another program by execve(2)
// between the two: microseconds, and only once a person has asked.
func catchesDebug(pid int) bool {
	sets, err := procfs.ReadSignals(pid)
	return err == nil && sets.Caught.Has(int(DebugSignal)) && !sets.Blocked.Has(int(DebugSignal))
}

// call leaves a request for a process, wakes it, and waits for it to come.
func call(ref procs.PIDRef, dir string) (*Debug, error) {
	name := fmt.Sprintf("debug-%d-%d.sock", ref.PID, os.Getpid())
	l, err := listen(dir, name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = errors.Join(l.Close(), os.Remove(filepath.Join(dir, name))) }() // and nothing is left of it
	request := filepath.Join(dir, "debug-"+strconv.Itoa(ref.PID))
	if err := leaveRequest(request, name); err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(request) }() // the process has removed it, or is not to find it any more
	return answer(l, ref)
}

// listen makes a socket in a directory, whose path may be too long for unix(7).
// Whoever closes it removes it, too.
func listen(dir, name string) (*net.UnixListener, error) {
	here, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer here.Close() // it was only looked into
	l, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: fmt.Sprintf("/proc/self/fd/%d/%s", here.Fd(), name)})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // the path is good only while the directory is open
	return l, nil
}

// leaveRequest writes a request, whole at once. There is one at a time.
func leaveRequest(request, name string) error {
	whole := request + ".new-" + strconv.Itoa(os.Getpid())
	if err := os.WriteFile(whole, []byte(name), 0o600); err != nil {
		return err
	}
	defer func() { _ = os.Remove(whole) }() // only the link counts
	if err := os.Link(whole, request); errors.Is(err, os.ErrExist) {
		return errors.New("somebody else is asking for that at this moment")
	} else if err != nil {
		return err
	}
	return nil
}

// again is when the process is woken again: a signal that comes right before a
// system call begins is seen by Python only after it.
const again = 100 * time.Millisecond

// answer wakes the process until it comes, and accepts nobody else.
func answer(l *net.UnixListener, ref procs.PIDRef) (*Debug, error) {
	for end := time.Now().Add(debugWait); time.Now().Before(end); {
		if !catchesDebug(ref.PID) {
			return nil, errors.New("it has ended, or takes no signal 59 any more")
		}
		if err := spawn.SignalRef(ref, procs.Signal(DebugSignal)); err != nil {
			return nil, err
		}
		if err := l.SetDeadline(time.Now().Add(again)); err != nil {
			return nil, err
		}
		conn, err := l.AcceptUnix()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if peer(conn) == ref.PID {
			return &Debug{ref: ref, conn: conn}, nil
		}
		_ = conn.Close() // a stranger
	}
	return nil, fmt.Errorf("it has not answered within %v: its main thread runs no Python code, or somebody debugs it already", debugWait)
}

// peer is the process at the other end, SO_PEERCRED of unix(7); 0 if unknown.
func peer(conn *net.UnixConn) (pid int) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Control(func(fd uintptr) { // if it fails, so does what follows
		if cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			pid = int(cred.Pid)
		}
	})
	return pid
}

// Talk carries what is typed to the debugger and what it says to out, until it
// has let the process go. The end of in lets it go too. What reads from in is
// left behind if that does not end.
func (d *Debug) Talk(in io.Reader, out io.Writer) error {
	go func() { // ends with in, or with what is typed after the end
		_, _ = io.Copy(d.conn, in) // the process has gone: the other direction tells
		_ = d.conn.CloseWrite()
		_ = d.Interrupt() // in case it does not listen now: it finds that nobody talks
	}()
	_, err := io.Copy(out, d.conn)
	if errors.Is(err, unix.ECONNRESET) || errors.Is(err, net.ErrClosed) {
		err = nil // it ended or was killed, or Close was called
	}
	return err
}

// Interrupt stops the process again where it is now, if it runs.
func (d *Debug) Interrupt() error {
	if !catchesDebug(d.ref.PID) {
		return os.ErrProcessDone
	}
	return spawn.SignalRef(d.ref, procs.Signal(DebugSignal))
}

// Close lets the process go, with all breakpoints removed, unless it has gone.
func (d *Debug) Close() error {
	err := d.conn.Close()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	if catchesDebug(d.ref.PID) {
		_ = d.Interrupt() // it finds nobody there any more
	}
	return err
}
