package cli

import (
	"os"

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
