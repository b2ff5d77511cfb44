package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/charmbracelet/x/term"
	"golang.org/x/sys/unix"
)

// keepTerminal notes the modes and the foreground of the terminal, and returns
// what brings them back. The signals go to caught; neither Ctrl-Z nor being in
// the background stops this process, for whom a screen may be waiting.
func (a *app) keepTerminal(caught chan<- os.Signal, signals ...os.Signal) (restore func()) {
	signal.Ignore(syscall.SIGTSTP, syscall.SIGTTOU)
	signal.Notify(caught, signals...)
	giveBack := a.takeQuit()
	fd := a.stdin.Fd()
	modes, err := term.GetState(fd)
	group, _ := unix.IoctlGetInt(int(fd), unix.TIOCGPGRP) // of no terminal there is none
	return func() {
		giveBack()
		signal.Stop(caught)
		if err == nil {
			_ = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPGRP, group) // that group may be gone, and so may the terminal
			_ = term.SetState(fd, modes)
		}
		signal.Reset(syscall.SIGTSTP, syscall.SIGTTOU)
	}
}

// runDebugger runs a debugger to its end, with a foreground of its own if there
// is a terminal: what is typed there signals nobody else.
func (a *app) runDebugger(f *debugFlags, argv []string) (code int, err error) {
	caught := make(chan os.Signal, 8)
	restore := a.keepTerminal(caught, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer restore()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.stdin, a.stdout, a.stderr
	if f.onScreen {
		cmd.Stderr = a.stdout // the other is the screen's
	}
	terminal := term.IsTerminal(a.stdin.Fd())
	if terminal {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Foreground: true, Ctty: int(a.stdin.Fd())}
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	over, done := make(chan struct{}), make(chan struct{})
	go func() { // ends with the debugger
		defer close(done)
		for {
			select {
			case sig := <-caught:
				if sig != syscall.SIGINT { // which a debugger without a terminal gets itself
					_ = cmd.Process.Signal(sig) // unless it has ended
				}
			case <-over:
				return
			}
		}
	}()
	status, err := waitUnstopped(cmd.Process)
	close(over)
	<-done
	if err != nil {
		return 0, err
	}
	code = status.ExitStatus()
	if status.Signaled() {
		code = 128 + int(status.Signal())
	}
	if f.onScreen && code != 0 && terminal {
		restore()
		a.letRead(filepath.Base(argv[0]), code)
	}
	return code, nil
}

// waitUnstopped waits for the end of a child that nobody could continue if a
// Ctrl-Z stopped it.
func waitUnstopped(p *os.Process) (status syscall.WaitStatus, err error) {
	defer func() { _ = p.Release() }() // it has been waited for
	for {
		_, err = syscall.Wait4(p.Pid, &status, syscall.WUNTRACED, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return status, err
		case !status.Stopped():
			return status, nil
		}
		_ = syscall.Kill(p.Pid, syscall.SIGCONT) // it is a child that has not been waited for
	}
}

// letRead leaves what a debugger has said to be read before the screen is back.
func (a *app) letRead(name string, code int) {
	_, _ = fmt.Fprintf(a.stdout, "%s ended with code %d. Enter goes back to muster. ", name, code)
	_, _ = bufio.NewReader(a.stdin).ReadString('\n') // the end of input goes back too
}
