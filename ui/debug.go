package ui

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/sys/unix"

	"example.com/muster/ui/keys"
)

// Debugger is a program that debugs a process on the terminal. From its first
// moment it is in the foreground alone: what is typed to it must not signal
// the session. What it writes to standard error is for the screen.
type Debugger struct {
	cmd  *exec.Cmd
	tty  *os.File
	said bytes.Buffer
}

// NewDebugger returns one that has not been started yet.
func NewDebugger(cmd *exec.Cmd, tty *os.File) *Debugger {
	d := &Debugger{cmd: cmd, tty: tty}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, &d.said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Foreground: true, Ctty: int(tty.Fd())}
	return d
}

// SetStdin does nothing: the terminal is known. It implements [tea.ExecCommand].
func (d *Debugger) SetStdin(io.Reader) {}

// SetStdout does nothing. A standard output that is no terminal would have no screen.
func (d *Debugger) SetStdout(io.Writer) {}

// SetStderr does nothing.
func (d *Debugger) SetStderr(io.Writer) {}

// Run runs it to its end, and takes the foreground back, however it ended.
func (d *Debugger) Run() error {
	// A program in the background may otherwise not change the foreground, nor
	// the modes of the terminal: tcsetpgrp(3). The child inherits it.
	signal.Ignore(syscall.SIGTTOU)
	defer signal.Reset(syscall.SIGTTOU)
	err := d.cmd.Run()
	if unix.IoctlSetPointerInt(int(d.tty.Fd()), unix.TIOCSPGRP, unix.Getpgrp()) != nil {
		_ = unix.Kill(unix.Getpid(), unix.SIGHUP) // the terminal has gone, which the kernel has told the foreground only
	}
	return err
}

// last is the last thing that it had to say, without who says it.
func (d *Debugger) last() string {
	lines := strings.Split(strings.TrimSpace(d.said.String()), "\n")
	text := strings.TrimPrefix(lines[len(lines)-1], "muster: ")
	if hint, ok := strings.CutPrefix(text, "hint: "); ok && len(lines) > 1 {
		text = strings.TrimPrefix(lines[len(lines)-2], "muster: ") + " (" + hint + ")"
	}
	return text
}

// debuggedMsg says that the debugger has ended, and what it had to say.
type debuggedMsg struct {
	said string
	err  error
}

// debug gives the terminal to a debugger. What muster runs goes on meanwhile,
// but for the process that is debugged.
func (m *root) debug(msg keys.DebugMsg) tea.Cmd {
	if m.opt.Debug == nil {
		m.fail(errors.New("cannot debug here"))
		return nil
	}
	return func() tea.Msg {
		d := m.opt.Debug(msg)
		_ = m.display.Leave() // a debugger that cannot talk says so itself
		return m.execDebugger(d, func(err error) tea.Msg { return debuggedMsg{d.last(), err} })()
	}
}

// debugged takes the terminal back.
func (m *root) debugged(msg debuggedMsg) tea.Cmd {
	if err := m.display.Enter(); err != nil {
		m.fail(err)
	}
	switch {
	case msg.err != nil && msg.said != "":
		m.fail(errors.New(msg.said))
	case msg.err != nil:
		m.fail(errors.New("cannot debug: " + msg.err.Error()))
	case msg.said != "":
		m.notice = keys.SayMsg{Text: msg.said}
	}
	return func() tea.Msg { return sizeOf(m.opt.Out) }
}
