package cli

import (
	"io"
	"os"
	"sync"

	"github.com/charmbracelet/x/term"
	"golang.org/x/sys/unix"

	"example.com/muster/procs"
	"example.com/muster/procs/procfs"
	"example.com/muster/procs/tree"
)

// lendStdin gives muster's own standard input to the only process. That of a
// terminal only if muster is in its foreground: the process has a session of its own,
// so the kernel would not keep it from taking what is typed for the shell.
func (l *live) lendStdin() {
	in := l.app.stdin
	if term.IsTerminal(in.Fd()) {
		if inBackground(in) {
			l.late = append(l.late, "in the background nothing is read from the terminal")
			return
		}
		l.modes, _ = term.GetState(in.Fd()) // a terminal that tells none keeps those that it has
	}
	l.specs[0].InheritStdin, l.launcher.Stdin = true, in
}

// What is told where there is something to read and no process gets it.
const (
	unread           = "standard input is not read: only a session of one process hands it on (muster map takes its lines as items)"
	unreadBackground = "in the background standard input is not read"
)

// tellUnread tells once that standard input has something to read, if no process gets
// it. The returned function looks a last time, and waits for that.
func (l *live) tellUnread() (stop func()) {
	if l.launcher.Stdin != nil {
		return func() {}
	}
	wake, end, err := os.Pipe()
	if err != nil { // it is a courtesy only
		return func() {}
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if hasInput(l.app.stdin, wake) {
			l.session.Notify(unread)
		}
	})
	return sync.OnceFunc(func() {
		_ = end.Close() // nothing was written
		wg.Wait()
		_ = wake.Close() // likewise
	})
}

// hasInput reports whether a file or a pipe has something to read, which stays there, and
// which is meant for muster: what the shell itself reads, as its script, is not. For a pipe
// it waits until that is known, but no longer than until wake, if there is one, has been
// closed at its other end.
func hasInput(in, wake *os.File) bool {
	info, err := in.Stat()
	switch {
	case err != nil || sharedWithParent():
		return false
	case info.Mode().IsRegular():
		at, err := in.Seek(0, io.SeekCurrent)
		return err == nil && at < info.Size()
	case info.Mode()&os.ModeNamedPipe == 0: // a terminal, the null device
		return false
	}
	fds, timeout := []unix.PollFd{{Fd: int32(in.Fd()), Events: unix.POLLIN}}, 0 // a descriptor is a small number
	if wake != nil {
		fds, timeout = append(fds, unix.PollFd{Fd: int32(wake.Fd())}), -1
	}
	_, err = poll(fds, timeout)
	return err == nil && fds[0].Revents&unix.POLLIN != 0
}

// inBackground reports whether a file is the terminal of this process's session,
// and another process group is in its foreground.
func inBackground(f *os.File) bool {
	group, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
	return err == nil && group != unix.Getpgrp()
}

// tidyTerminal gives the terminal back the modes that it had, where the process was
// not left to do that itself: one that asks for a password takes the echo off.
func (l *live) tidyTerminal() {
	if l.modes != nil && l.app.code > 128 && !inBackground(l.app.stdin) {
		_ = term.SetState(l.app.stdin.Fd(), l.modes) // it may have been closed
	}
}

// mustStayStopped reports, after muster has been continued, whether everything must
// stand still: muster is in the background now, and a process was reading from the
// terminal. The kernel would stop it for that (SIGTTIN) if it were the shell's.
func (l *live) mustStayStopped() bool {
	if l.modes == nil || !inBackground(l.app.stdin) {
		return false
	}
	id, reads := l.readsTerminal()
	if reads {
		l.say("%s reads from the terminal: it stays stopped in the background; fg goes on", id)
	}
	return reads
}

// readsTerminal returns the slot of a process that was reading from muster's terminal
// when everything was paused.
func (l *live) readsTerminal() (id procs.ID, reads bool) {
	here, err := l.app.stdin.Stat()
	if err != nil {
		return id, false
	}
	for _, pool := range l.session.Snapshot().Pools {
		for _, slot := range pool.Slots {
			for _, ref := range tree.Family([]int{slot.PID}) { // that is none of 0
				if there, err := os.Stat(procfs.Reading(ref.PID)); err == nil && os.SameFile(here, there) {
					return slot.ID, true
				}
			}
		}
	}
	return id, false
}
