package spawn

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// GuardOptions say how a guard behaves.
type GuardOptions struct {
	// TTY is the terminal that muster is about to draw on; nil if it draws on
	// none. When muster vanishes the guard gives it back as it is now.
	TTY *os.File
	// CrashOutput, with TTY, has the runtime write the text of a panic to a file, or
	// no longer, if that is nil: it calls [debug.SetCrashOutput]. The guard shows
	// the text once the terminal is given back. With nil it is lost with the screen.
	CrashOutput func(*os.File) error
	// KeepDaemons leaves alone every descendant that has left the session of
	// the program that started it.
	KeepDaemons bool
	// Executable is the binary to run as the guard; "" is this one.
	Executable string
	// Grace is how long after SIGTERM, once muster has vanished, SIGKILL
	// comes; 0 is [DefaultGrace].
	Grace time.Duration
}

// Guard is muster's end of a guard process. All methods may be called from
// any goroutine.
type Guard struct {
	process *child
	channel *channel
	crash   *os.File // with a terminal: where a panic of this process is written
	// crashOutput is that of the options; nil if it has not been called.
	crashOutput func(*os.File) error
	null        int // /dev/null
	grace       time.Duration
	keep        bool

	ended   chan struct{}   // closed when the guard process has ended
	status  unix.WaitStatus // of the guard process; valid once ended is closed
	finder  finder
	adopted sync.WaitGroup // of goroutines that wait for what the guard left
	free    sync.Once

	mu        sync.Mutex
	saidBye   bool
	gone      bool // nobody answers any more
	last      uint64
	waiting   map[uint64]chan<- reply // requests that have not been answered
	processes map[uint64]*Process     // started and not ended
}

// reply answers a request.
type reply struct {
	process *Process
	errno   unix.Errno
	err     error
}

// StartGuard starts a guard. It does not wait for the guard to be ready;
// requests wait in its channel. Call it before the terminal is changed, and
// [Guard.Close] at the end. This process becomes a subreaper.
func StartGuard(o GuardOptions) (*Guard, error) {
	g, err := startGuard(o)
	if err != nil {
		return nil, fmt.Errorf("cannot start the guard process: %w", err)
	}
	return g, nil
}

func startGuard(o GuardOptions) (*Guard, error) {
	if err := becomeSubreaper(); err != nil {
		return nil, err
	}
	null, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	g := &Guard{
		null: null, grace: o.Grace, keep: o.KeepDaemons, ended: make(chan struct{}),
		waiting: map[uint64]chan<- reply{}, processes: map[uint64]*Process{},
	}
	if g.grace == 0 {
		g.grace = DefaultGrace
	}
	if err := g.launch(o); err != nil {
		_ = unix.Close(null) // nothing is written to it
		return nil, err
	}
	if err := g.greet(o); err != nil {
		g.channel.close() // the guard ends
		g.process.await()
		g.release()
		return nil, err
	}
	go g.receive()
	if os.Getpid() == 1 {
		go g.reapStrangers() // ends with the guard
	}
	return g, nil
}

// reapStrangers does what the first process of a container has to: it reaps
// orphans that never were the guard's, such as those of docker exec.
func (g *Guard) reapStrangers() {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, unix.SIGCHLD)
	defer signal.Stop(ended)
	ours := func(pid int) bool { return pid == g.process.pid || g.owned(pid) }
	for {
		select {
		case <-g.ended:
			return
		case <-ended:
			sweepOrphans(ours)
		}
	}
}

// launch executes the guard in a session of its own, so that no signal to
// muster's group and no hangup of its terminal reaches it.
func (g *Guard) launch(o GuardOptions) error {
	name := o.Executable
	if name == "" {
		var err error
		if name, err = executable(); err != nil {
			return err
		}
	}
	ours, theirs, err := socketPair()
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(theirs) }() // nothing is written to it
	null := uintptr(g.null)
	pid, err := syscall.ForkExec(name, []string{GuardName}, &syscall.ProcAttr{
		Env:   os.Environ(),
		Files: []uintptr{null, null, null, uintptr(theirs)},
		Sys:   guardAttr(),
	})
	if err != nil {
		_ = unix.Close(ours) // unused
		return notBegun(err)
	}
	g.process = &child{pid: pid}
	g.channel, err = newChannel(ours)
	if err != nil {
		g.process.await() // the guard ends, as nobody holds the other end
	}
	return err
}

// greet sends the first message, with the terminal and the file for a panic.
func (g *Guard) greet(o GuardOptions) error {
	m := hello{Grace: g.grace, KeepDaemons: o.KeepDaemons}
	if o.TTY == nil {
		return g.channel.send(m)
	}
	var err error
	if g.crash, err = crashFile(); err != nil {
		return err
	}
	if o.CrashOutput != nil {
		g.crashOutput = o.CrashOutput
		if err := g.crashOutput(g.crash); err != nil {
			return err
		}
	}
	return withFD(o.TTY, func(tty int) error {
		return withFD(g.crash, func(crash int) error {
			m.TTY, m.Termios = true, saveTermios(tty)
			return g.channel.send(m, tty, crash)
		})
	})
}

// withFD calls f with the file's descriptor, and leaves the file as it is;
// [os.File.Fd] would take it from the runtime's poller.
func withFD(file *os.File, f func(fd int) error) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
		return err
	}
	return inner
}

// withFDs calls f with fds and the files' descriptors.
func withFDs(files []*os.File, fds []int, f func(fds []int) error) error {
	if len(files) == 0 {
		return f(fds)
	}
	return withFD(files[0], func(fd int) error { return withFDs(files[1:], append(fds, fd), f) })
}

// Drawing tells the guard whether muster has the terminal's screen now; until
// it is told, it supposes so. When muster vanishes while it has not, the
// guard leaves the terminal alone, as that is the shell's. Call it before the
// screen is taken and after it has been given back.
func (g *Guard) Drawing(on bool) {
	g.tell(drawing{On: on})
}

// tell sends what has no answer. If the guard has ended, [Guard.Done] tells.
func (g *Guard) tell(m message) {
	g.mu.Lock()
	ended := g.gone || g.saidBye
	g.mu.Unlock()
	if !ended {
		_ = g.channel.send(m) // fails if the guard has ended meanwhile
	}
}

// PID returns the pid of the guard process.
func (g *Guard) PID() int { return g.process.pid }

// Done is closed when the guard process has ended, asked to or not. If it was
// not, what it had started goes on as children of this process, their exits
// are still delivered, and Close ends them.
func (g *Guard) Done() <-chan struct{} { return g.ended }

// Start executes a program and returns once it has been exec'd. The error is
// a *[StartError] if the program cannot be executed. If ctx ends first, the
// program is killed as soon as it has started.
func (g *Guard) Start(ctx context.Context, c Command) (*Process, error) {
	if c.Streams != nil {
		defer c.Streams.closeChildEnds()
	}
	path, err := c.Path, error(nil)
	if path == "" {
		path, err = g.finder.lookUp(c)
	} else {
		err = checkStrings(c)
	}
	if err != nil {
		return nil, err
	}
	m := start{Path: path, Argv: c.Argv, Env: c.Env, Dir: c.Dir, CTTY: noTTY, Brief: c.Brief, Turn: c.Turn}
	fds := append(make([]int, 0, maxFDs), g.null, g.null, g.null)
	if c.Streams != nil {
		fds, m.CTTY = append(fds[:0], c.Streams.child[:]...), c.Streams.ctty
	}
	answered, err := g.ask(func(id uint64) error {
		m.ID = id
		return withFDs(c.Extra, fds, func(fds []int) error { return g.channel.send(m, fds...) })
	})
	if c.Streams != nil {
		c.Streams.closeChildEnds() // they are on their way: who waits for a turn needs none here
	}
	if err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", c.Argv[0], notBegun(err))
	}
	select {
	case r := <-answered:
		return r.process, startError(c, path, r)
	case <-ctx.Done():
		go func() { // ends with the answer, which the guard or its end gives
			if r := <-answered; r.process != nil {
				_ = r.process.SignalGroup(killSignal) // it may have ended already
			}
		}()
		return nil, fmt.Errorf("cannot start %s: %w", c.Argv[0], context.Cause(ctx))
	}
}

func startError(c Command, path string, r reply) error {
	switch {
	case r.err != nil:
		return fmt.Errorf("cannot start %s: %w", c.Argv[0], r.err)
	case c.Turn != 0 && r.errno == unix.ECANCELED: // execve(2) never says so
		return fmt.Errorf("cannot start %s: %w", c.Argv[0], ErrWithdrawn)
	case r.errno != 0:
		return diagnose(c, path, r.errno)
	}
	return nil
}

// Withdraw takes back what waits for a turn, see [Command]: Start then returns
// [ErrWithdrawn]. A signal that is sent afterwards cannot be what makes it start.
func (g *Guard) Withdraw(turn uint64) { g.tell(withdraw{Turn: turn}) }

// ask sends a request under a new number, and returns where its reply will come.
func (g *Guard) ask(send func(id uint64) error) (<-chan reply, error) {
	answered := make(chan reply, 1)
	g.mu.Lock()
	if g.gone || g.saidBye {
		g.mu.Unlock()
		return nil, ErrGuardEnded
	}
	g.last++
	id := g.last
	g.waiting[id] = answered
	g.mu.Unlock()
	err := send(id)
	if err == nil {
		return answered, nil
	}
	g.mu.Lock()
	delete(g.waiting, id)
	g.mu.Unlock()
	if errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET) || errors.Is(err, os.ErrClosed) {
		err = ErrGuardEnded
	}
	return nil, err
}

// patience is how long the guard may take over a signal, which it sends at once.
const patience = time.Second

// patiently waits for the answer to a signal request. A guard that does not
// give it has been stopped by somebody: it is continued, and if that does not
// help, killed, so that its children fall to this process.
func (g *Guard) patiently(answered <-chan reply) reply {
	for _, help := range []unix.Signal{unix.SIGCONT, unix.SIGKILL} {
		select {
		case r := <-answered:
			return r
		case <-time.After(patience):
			g.signalGuard(help)
		}
	}
	return <-answered
}

// Continue wakes a guard that somebody has stopped.
func (g *Guard) Continue() { g.signalGuard(unix.SIGCONT) }

// signalGuard signals the guard itself; it fails if that has ended.
func (g *Guard) signalGuard(sig unix.Signal) { _ = g.process.signal(sig, false) }

// release closes what this end holds.
func (g *Guard) release() {
	g.channel.close()
	_ = unix.Close(g.null) // nothing is written to it
	if g.crash != nil {
		if g.crashOutput != nil {
			_ = g.crashOutput(nil) // which cannot fail
		}
		_ = g.crash.Close() // only a panic writes to it
	}
}
